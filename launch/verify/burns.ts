// The burn log (docs/formats/burn-log.md): its head is signed, its records are those that the head covers, what they say
// of the supply fits, and it goes on from what was seen the last time.
import { z } from 'zod';
import { burnHash } from '../../domain/burn';
import { openCheckpoint, type Checkpoint } from '../../domain/checkpoint';
import { isConsistent, isIncluded } from '../../domain/merkle/proofs';
import { MerkleTree } from '../../domain/merkle/tree';
import { formatAmount, parseAmount } from '../../domain/money';
import type { Server } from './server';
import { fails, holds, verdict, type Line, type Subject, type Verification } from './verification';

const amount = z.string().transform(parseAmount);
const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((hex) => Buffer.from(hex, 'hex'));
const path = z.array(digest);

const recordSchema = z.object({
  seq: z.int(),
  at: z.iso.datetime(),
  kind: z.string(),
  sourceRef: z.string(),
  amount,
  supplyBefore: amount,
  supplyAfter: amount,
  hash: digest,
});
/** The record read, and the leaf of all that it says but its hash, known or not. */
const burnSchema = z.looseObject({ hash: z.string() }).transform((raw, context) => {
  const parsed = recordSchema.safeParse(raw);
  if (!parsed.success) {
    context.addIssue({ code: 'custom', message: z.prettifyError(parsed.error) });
    return z.NEVER;
  }
  const { hash: _, ...hashed } = raw;
  return { ...parsed.data, leaf: burnHash(hashed) };
});
type Burn = z.output<typeof burnSchema>;

const supplySchema = z.object({ minted: amount, burned: amount, circulating: amount });
type Supply = z.output<typeof supplySchema>;
const inclusionSchema = z.object({
  leafHash: digest,
  index: z.int(),
  size: z.int(),
  path,
  root: digest,
});
const consistencySchema = z.object({ path });

/** Proofs that are asked for: of the newest burns. */
const maxInclusions = 100;

/** The first of the sentences that is not undefined. */
function first<Item>(
  items: readonly Item[],
  find: (item: Item, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkRecords(burns: readonly Burn[]): Line {
  return verdict(
    `${burns.length} burns, numbered without a gap, each with the hash of what it says`,
    first(burns, ({ seq, hash, leaf }, index) => {
      if (seq !== index) return `burn ${seq} stands where burn ${index} should`;
      return hash.equals(leaf) ? undefined : `burn ${seq} does not have the hash it carries`;
    }),
  );
}

function checkRoot(tree: MerkleTree, { size, root }: Checkpoint): Line {
  if (tree.size < size) return fails(`the head says ${size} burns, the log shows ${tree.size}`);
  return tree.root(size).equals(root)
    ? holds(`the root over them is the one that was signed`)
    : fails(`the root over them is ${tree.root(size).toString('hex')}, another than was signed`);
}

/** LCO are only minted between two burns, and only burned by them. */
function checkSupplyChain(burns: readonly Burn[]): Line {
  return verdict(
    'each burn takes its amount off the supply that the one before left, or that grew since',
    first(burns, ({ seq, at, amount, supplyBefore, supplyAfter }, index) => {
      const before = burns[index - 1];
      if (amount <= 0n) return `burn ${seq} is of ${formatAmount(amount)} LCO`;
      if (supplyAfter !== supplyBefore - amount) return `burn ${seq} does not fit its own supply`;
      if (!before) return undefined;
      if (supplyBefore < before.supplyAfter) return `supply was lost before burn ${seq}`;
      return Date.parse(at) < Date.parse(before.at)
        ? `burn ${seq} is earlier than the one before`
        : undefined;
    }),
  );
}

/** @param earlier read before the burns were, `later` after: a burn may have come meanwhile */
function checkTotals(burns: readonly Burn[], earlier: Supply, later: Supply): Line {
  const total = burns.reduce((sum, burn) => sum + burn.amount, 0n);
  const { minted, burned, circulating } = later;
  const told = `the server says ${formatAmount(burned)} LCO burned`;
  if (total < earlier.burned || total > burned) {
    return fails(`the burns come to ${formatAmount(total)} LCO, ${told}`);
  }
  if (circulating !== minted - burned) return fails('minted - burned is not what circulates');
  const last = burns.at(-1);
  return last && last.supplyAfter > minted - total
    ? fails(`burn ${last.seq} left more LCO than there are now`)
    : holds(`the burns come to the ${formatAmount(total)} LCO that the server says`);
}

async function findWrongInclusion(
  server: Server,
  { seq, leaf }: Burn,
  { size, root }: Checkpoint,
): Promise<string | undefined> {
  const proof = await server.json(`/burns/${seq}/proof?size=${size}`, inclusionSchema);
  const isMeant =
    proof.index === seq &&
    proof.size === size &&
    proof.leafHash.equals(leaf) &&
    proof.root.equals(root);
  if (!isMeant) return `the proof of burn ${seq} is of something else`;
  return isIncluded({ ...proof, leafHash: leaf, index: seq, size, root })
    ? undefined
    : `the proof of burn ${seq} does not lead to the root`;
}

async function checkInclusions(
  server: Server,
  burns: readonly Burn[],
  head: Checkpoint,
): Promise<Line> {
  const asked = burns.slice(0, head.size).slice(-maxInclusions);
  for (const burn of asked) {
    const wrong = await findWrongInclusion(server, burn, head);
    if (wrong !== undefined) return fails(wrong);
  }
  return holds(`${asked.length} proofs lead from a burn to the root`);
}

async function checkConsistency(
  { server, key, memory }: Subject,
  tree: MerkleTree,
  head: Checkpoint,
): Promise<Line> {
  if (!memory) return holds(`its head is remembered from now on`);
  const last = openCheckpoint(memory.checkpoint, key);
  const when = `${last.size} burns on ${memory.seenAt}`;
  if (head.size < last.size) {
    return fails(`THE LOG WAS ROLLED BACK: it had ${when}, and now ${head.size}`);
  }
  if (tree.size < last.size || !tree.root(last.size).equals(last.root)) {
    return fails(`THE LOG WAS FORKED: it had ${when}, which are not among those of now`);
  }
  if (last.size > 0) {
    const query = `from=${last.size}&to=${head.size}`;
    const proof = await server.json(`/burns/consistency?${query}`, consistencySchema);
    const sizes = { from: last.size, to: head.size };
    if (!isConsistent({ ...sizes, ...proof, fromRoot: last.root, toRoot: head.root })) {
      return fails(`the proof that the log goes on from ${when} is wrong`);
    }
  }
  return holds(`it goes on from its ${when}`);
}

async function* verifyBurns(subject: Subject): AsyncGenerator<Line> {
  const { server, key } = subject;
  const signed = await server.text('/burns/head');
  const head = openCheckpoint(signed, key);
  yield holds(`the head, of ${head.size} burns, is signed by ${key.name}`);
  const earlier = await server.json('/supply', supplySchema);
  const burns = ((await server.list('/burns', burnSchema)) ?? []).toReversed();
  const later = await server.json('/supply', supplySchema);
  const tree = MerkleTree.of(burns.map(({ leaf }) => leaf));

  yield checkRecords(burns);
  const root = checkRoot(tree, head);
  yield root;
  yield checkSupplyChain(burns);
  yield checkTotals(burns, earlier, later);
  // A proof leads to the root of the records that are shown, or to nothing.
  if (root.status === 'holds') yield await checkInclusions(server, burns, head);
  yield await checkConsistency(subject, tree, head);
  subject.burns.push(...burns);
  subject.seen.checkpoint = signed;
}

export const burnsVerification: Verification = { title: 'the burn log', run: verifyBurns };
