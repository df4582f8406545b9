// The burn log (DESIGN 2.12 and 2.13): its records, its signed head and what proves that nothing of it was changed. The
// formats are docs/formats/burn-log.md.
import { z } from 'zod';
import { burnKinds } from '../../domain/burn';
import { toPublishedBurn } from '../../services/proofs/burn-rows';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { amountAnswer, pageOf, pageQuery, presentPage, timeAnswer, wholeNumber } from '../schemas';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const number = wholeNumber(z.int().min(0));
const path = z.array(digest).meta({ description: 'Hashes, the lowest first.' });

const burnAnswer = z
  .object({
    seq: z.int().meta({ description: "From 0; the leaf's index in the tree." }),
    at: timeAnswer,
    kind: z.enum(burnKinds),
    amount: amountAnswer.meta({ description: 'LCO.' }),
    supplyBefore: amountAnswer.meta({ description: 'LCO minted and not burned.' }),
    supplyAfter: amountAnswer,
    sourceRef: z.string().meta({ description: 'The buyback, market or dispute.' }),
    hash: digest.meta({ description: 'The leaf: of the RFC 8785 JSON of all the rest.' }),
  })
  .meta({ id: 'Burn' });

const headAnswer = z.object({
  checkpoint: z.string().meta({ description: 'A C2SP checkpoint: the other three, signed.' }),
  origin: z.string(),
  size: z.int(),
  root: digest,
});

const keyAnswer = z.object({
  key: z.string().meta({ description: '`<name>+<key id>+<base64 of 0x01 and the public key>`' }),
});

const inclusionAnswer = z
  .object({ leafHash: digest, index: z.int(), size: z.int(), path, root: digest })
  .meta({ id: 'InclusionProof' });

const consistencyAnswer = z.object({
  from: z.int(),
  to: z.int(),
  fromRoot: digest,
  toRoot: digest,
  path,
});

const hex = (hash: Buffer) => hash.toString('hex');
const common = { method: 'get', access: 'public', tag: 'Transparency' } as const;
const seqParams = z.object({ seq: number });

function createRecordRoutes({ burnLog }: Pick<Services, 'burnLog'>): Route[] {
  return [
    route({
      ...common,
      path: '/burns',
      summary: 'Every burn of LCO, newest first',
      query: pageQuery,
      answer: pageOf(burnAnswer),
      async handle({ query }) {
        return { body: presentPage(await burnLog.list(query), toPublishedBurn) };
      },
    }),
    route({
      ...common,
      path: '/burns/:seq',
      summary: 'One burn',
      params: seqParams,
      answer: burnAnswer,
      async handle({ params }) {
        return { body: toPublishedBurn(await burnLog.find(params.seq)) };
      },
    }),
  ];
}

function createHeadRoutes({ burnLog }: Pick<Services, 'burnLog'>): Route[] {
  return [
    route({
      ...common,
      path: '/burns/head',
      summary: "The log's signed head: a C2SP checkpoint, as text unless JSON is asked for",
      hasText: true,
      answer: headAnswer,
      async handle() {
        const { root, ...head } = await burnLog.head();
        return { text: head.checkpoint, body: { ...head, root: hex(root) } };
      },
    }),
    route({
      ...common,
      path: '/burns/key',
      summary:
        'The key that signs heads and roots, in the form of C2SP, as text unless JSON is asked for',
      hasText: true,
      answer: keyAnswer,
      async handle() {
        const key = burnLog.verifierKey();
        return { text: `${key}\n`, body: { key } };
      },
    }),
  ];
}

function createTreeRoutes({ burnLog }: Pick<Services, 'burnLog'>): Route[] {
  return [
    route({
      ...common,
      path: '/burns/consistency',
      summary: 'That the log of one size begins with the log of a smaller one',
      description: '0 < from <= to.',
      query: z.object({ from: number, to: number }),
      answer: consistencyAnswer,
      async handle({ query }) {
        const { fromRoot, toRoot, ...proof } = await burnLog.consistency(query.from, query.to);
        return {
          body: {
            ...proof,
            path: proof.path.map(hex),
            fromRoot: hex(fromRoot),
            toRoot: hex(toRoot),
          },
        };
      },
    }),
    route({
      ...common,
      path: '/burns/:seq/proof',
      summary: 'That a burn is in the log of a size, the newest when none is given',
      params: seqParams,
      query: z.object({ size: number.optional() }),
      answer: inclusionAnswer,
      async handle({ params, query }) {
        const { leafHash, root, ...proof } = await burnLog.inclusion(params.seq, query.size);
        return {
          body: { ...proof, leafHash: hex(leafHash), path: proof.path.map(hex), root: hex(root) },
        };
      },
    }),
  ];
}

/** `/burns/:seq` comes last: it would take the other paths for a number. */
export function createBurnRoutes(services: Pick<Services, 'burnLog'>): Route[] {
  return [
    ...createHeadRoutes(services),
    ...createTreeRoutes(services),
    ...createRecordRoutes(services),
  ];
}
