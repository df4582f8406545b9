// Proof of compute and proof of liabilities (DESIGN 2.12): daily roots for everybody, and proofs for whom they concern.
import { z } from 'zod';
import { formatAmount } from '../../domain/money';
import type { LiabilityRoot } from '../../services/proofs/liability-root';
import type { PublicUsageRoot } from '../../services/proofs/usage-roots-proofs';
import type { RootNotes } from '../../services/proofs/root-notes';
import type { Services } from '../context';
import { route, type Route } from '../route';
import {
  amountAnswer,
  id,
  pageOf,
  pageQuery,
  presentPage,
  presentTime,
  timeAnswer,
} from '../schemas';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const sequence = z.string().regex(/^\d+$/);
const day = z.iso.date().meta({ example: '2026-11-22' });
const note = z.string().nullable().meta({
  description:
    'The root in a signed note, whose verifier key is that of `GET /burns/key`; null: the instance has no key.',
});

const usageRootAnswer = z
  .object({
    day: day.meta({ description: 'UTC' }),
    size: z.int().meta({ description: 'Usage records.' }),
    root: digest,
    firstSettlement: sequence,
    charged: amountAnswer.meta({ description: 'Credits.' }),
    mined: amountAnswer.meta({ description: 'LCO.' }),
    sequence: sequence.meta({ description: 'The batch of the journal that announced it.' }),
    publishedAt: timeAnswer,
    note,
  })
  .meta({ id: 'UsageRoot' });

const usageProofAnswer = z.object({
  day,
  leaf: z.string().meta({ description: 'The very text of the leaf, RFC 8785 JSON.' }),
  salt: z.string(),
  leafHash: digest,
  index: z.int(),
  size: z.int(),
  path: z.array(digest).meta({ description: 'Siblings, the lowest first.' }),
  root: digest,
});

const sums = {
  credit: amountAnswer.meta({ description: 'Credits.' }),
  lco: amountAnswer.meta({ description: 'LCO.' }),
};

const liabilityRootAnswer = z
  .object({
    day: day.meta({ description: 'UTC' }),
    users: z.int(),
    root: digest,
    ...sums,
    sequence: sequence.meta({
      description: "The journal's sequence that the balances are those of.",
    }),
    takenAt: timeAnswer,
    note,
  })
  .meta({ id: 'LiabilityRoot' });

const liabilityProofAnswer = z.object({
  day,
  leaf: z.object({ userId: id, salt: z.string(), ...sums }),
  leafHash: digest,
  index: z.int(),
  size: z.int(),
  path: z
    .array(z.object({ hash: digest, ...sums }))
    .meta({ description: 'Siblings, the lowest first.' }),
  root: z.object({ hash: digest, ...sums }),
});

function presentSums({ credit, lco }: { credit: bigint; lco: bigint }) {
  return { credit: formatAmount(credit), lco: formatAmount(lco) };
}

function presentNode(node: { hash: Buffer; credit: bigint; lco: bigint }) {
  return { hash: node.hash.toString('hex'), ...presentSums(node) };
}

function presentUsageRoot(
  root: PublicUsageRoot,
  notes: RootNotes,
): z.input<typeof usageRootAnswer> {
  return {
    day: root.day,
    size: root.size,
    root: root.root.toString('hex'),
    firstSettlement: root.firstSettlement.toString(),
    charged: formatAmount(root.charged),
    mined: formatAmount(root.mined),
    sequence: root.sequence.toString(),
    publishedAt: presentTime(root.publishedAt),
    note: notes.ofUsage(root),
  };
}

function presentLiabilityRoot(
  root: LiabilityRoot,
  notes: RootNotes,
): z.input<typeof liabilityRootAnswer> {
  return {
    day: root.day,
    users: root.users,
    root: root.root.toString('hex'),
    ...presentSums(root),
    sequence: root.sequence.toString(),
    takenAt: presentTime(root.takenAt),
    note: notes.ofLiabilities(root),
  };
}

const common = { method: 'get', tag: 'Transparency' } as const;
const dayQuery = z.object({ day: day.optional() });

/** The first-comer's paths: `/usage/:requestId/proof` lies below a receipt's. */
function createUsageProofRoutes({
  usageProofs,
  rootNotes,
}: Pick<Services, 'usageProofs' | 'rootNotes'>): Route[] {
  return [
    route({
      ...common,
      path: '/usage-roots',
      access: 'public',
      summary: "Each day's root of all usage records, newest first",
      query: pageQuery,
      answer: pageOf(usageRootAnswer),
      async handle({ query }) {
        const page = await usageProofs.roots(query);
        return { body: presentPage(page, (root) => presentUsageRoot(root, rootNotes)) };
      },
    }),
    route({
      ...common,
      path: '/usage/:requestId/proof',
      access: 'read',
      summary: "That a receipt is in its day's root",
      description:
        'There once the day is over and its root published: a few minutes after midnight UTC.',
      params: z.object({ requestId: id }),
      answer: usageProofAnswer,
      async handle({ params, caller }) {
        const proof = await usageProofs.proof(caller.userId, params.requestId);
        const { leafHash, path, root } = proof;
        return {
          body: {
            ...proof,
            leafHash: leafHash.toString('hex'),
            path: path.map((hash) => hash.toString('hex')),
            root: root.toString('hex'),
          },
        };
      },
    }),
  ];
}

function createLiabilityProofRoutes({
  liabilityProofs,
  rootNotes,
}: Pick<Services, 'liabilityProofs' | 'rootNotes'>): Route[] {
  return [
    route({
      ...common,
      path: '/liabilities/root',
      access: 'public',
      summary: 'What all users are owed, of a day or the newest',
      query: dayQuery,
      answer: liabilityRootAnswer,
      async handle({ query }) {
        return { body: presentLiabilityRoot(await liabilityProofs.root(query.day), rootNotes) };
      },
    }),
    route({
      ...common,
      path: '/liabilities/roots',
      access: 'public',
      summary: 'The same of every day, newest first',
      query: pageQuery,
      answer: pageOf(liabilityRootAnswer),
      async handle({ query }) {
        const page = await liabilityProofs.roots(query);
        return { body: presentPage(page, (root) => presentLiabilityRoot(root, rootNotes)) };
      },
    }),
    route({
      ...common,
      path: '/liabilities/proof',
      access: 'read',
      summary: 'That what I am owed is in the root, of a day or the newest',
      query: dayQuery,
      answer: liabilityProofAnswer,
      async handle({ query, caller }) {
        const { leaf, leafHash, size, path, root } = await liabilityProofs.proof(
          caller.userId,
          query.day,
        );
        return {
          body: {
            day: root.day,
            leaf: { userId: leaf.userId, salt: leaf.salt, ...presentSums(leaf) },
            leafHash: leafHash.toString('hex'),
            index: leaf.position,
            size,
            path: path.map(presentNode),
            root: presentNode({ hash: root.root, credit: root.credit, lco: root.lco }),
          },
        };
      },
    }),
  ];
}

export function createProofRoutes(
  services: Pick<Services, 'usageProofs' | 'liabilityProofs' | 'rootNotes'>,
): Route[] {
  return [...createUsageProofRoutes(services), ...createLiabilityProofRoutes(services)];
}
