// What only a user can verify, with a key of theirs (docs/formats/usage-roots.md and liabilities.md): that their own
// calls are in the signed roots as their receipts say, and what the platform owes them.
import { z } from 'zod';
import { isIncluded } from '../../domain/merkle/proofs';
import { leafHash } from '../../domain/merkle/tree';
import { ownerHash } from '../../domain/merkle/owner-hash';
import { isInSumTree, sumLeaf } from '../../domain/merkle/sum-tree';
import { formatAmount, parseAmount } from '../../domain/money';
import { dayOf } from '../../domain/utc-day';
import { BadAnswer, type Server } from './server';
import { fails, holds, note, type Line, type Subject, type Verification } from './verification';

const amount = z.string().transform(parseAmount);
const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((hex) => Buffer.from(hex, 'hex'));

const meShape = z.object({ user: z.object({ id: z.string() }) });
const tokensShape = z.record(z.string(), z.union([z.number(), z.string()]));
/** What a receipt and its leaf both say. */
const factsShape = z.object({
  requestId: z.string(),
  at: z.iso.datetime(),
  endpoint: z.string(),
  model: z.string(),
  tokens: tokensShape,
  priceVersion: z.string(),
  tier: z.string(),
  charge: z.string(),
  mined: z.string(),
  epoch: z.int(),
  ending: z.string(),
  latencyMs: z.int(),
  ttftMs: z.int().nullable(),
});
const leafShape = factsShape.extend({ userHash: z.string(), settlementNumber: z.string() });
/** Units other than tokens stand apart on a receipt, and as its output in the leaf. */
const receiptShape = factsShape
  .extend({ units: z.number().nullable() })
  .transform(({ units, ...facts }) =>
    units === null ? facts : { ...facts, tokens: { ...facts.tokens, output: units } },
  );
const receiptsShape = z.object({
  items: z.array(receiptShape),
  nextCursor: z.string().nullable(),
});
type Receipt = z.output<typeof receiptShape>;

const usageRootShape = z.object({
  day: z.string(),
  root: z.string(),
  size: z.int(),
  firstSettlement: z
    .string()
    .regex(/^\d{1,18}$/)
    .transform(BigInt),
});
type UsageRoot = z.output<typeof usageRootShape>;
/** The very text, and what it says. */
const leafText = z.string().transform((text, context) => {
  try {
    return { text, facts: leafShape.parse(JSON.parse(text)) };
  } catch {
    context.addIssue({ code: 'custom', message: 'is no leaf of a usage record' });
    return z.NEVER;
  }
});
const usageProofShape = z.object({
  leaf: leafText,
  salt: z.string(),
  index: z.int(),
  path: z.array(digest),
});

const sums = { credit: amount, lco: amount };
const liabilityRootShape = z.object({ day: z.string(), root: digest, users: z.int(), ...sums });
const nodeShape = z.object({ hash: digest, ...sums });
const liabilityProofShape = z.object({
  leaf: z.object({ salt: z.string(), ...sums }),
  index: z.int(),
  path: z.array(nodeShape),
});

/** Receipts that are looked at: the newest. */
const maxReceipts = 1_000;
const pageSize = 200;

async function readReceipts(own: Server): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for (let cursor: string | null = ''; cursor !== null && receipts.length < maxReceipts;) {
    const query: string = `limit=${pageSize}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: z.output<typeof receiptsShape> = await own.json(`/usage?${query}`, receiptsShape);
    receipts.push(...page.items);
    cursor = page.nextCursor;
  }
  return receipts;
}

/** Objects of JSON by value, their members in any order. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    left.length === right.size && left.every(([name, value]) => isSame(value, right.get(name)))
  );
}

/** What is wrong with the proof of a receipt, if anything is. */
async function findWrongProof(
  own: Server,
  userId: string,
  receipt: Receipt,
  root: UsageRoot,
): Promise<string | undefined> {
  const { requestId } = receipt;
  const { leaf, salt, index, path } = await own.json(`/usage/${requestId}/proof`, usageProofShape);
  const { userHash, settlementNumber } = leaf.facts;
  if (!isSame(factsShape.parse(leaf.facts), receipt)) {
    return `the leaf of call ${requestId} says something else than its receipt`;
  }
  if (userHash !== ownerHash(salt, userId).toString('hex')) {
    return `the leaf of call ${requestId} is another user's`;
  }
  const number = root.firstSettlement + BigInt(index);
  if (settlementNumber !== number.toString()) {
    return `call ${requestId} does not stand at the place of its number`;
  }
  const [hash, size] = [leafHash(leaf.text), root.size];
  return isIncluded({ leafHash: hash, index, size, path, root: Buffer.from(root.root, 'hex') })
    ? undefined
    : `the proof of call ${requestId} does not lead to the root of ${root.day}`;
}

async function verifyCalls(own: Server, userId: string, { server, seen }: Subject): Promise<Line> {
  const published = (await server.list('/usage-roots', usageRootShape)) ?? [];
  // Those whose signatures were found right a moment ago.
  const roots = new Map(
    published
      .filter(({ day, root }) => seen.roots[`usage ${day}`] === root)
      .map((root) => [root.day, root]),
  );
  let proved = 0;
  for (const receipt of await readReceipts(own)) {
    const root = roots.get(dayOf(Date.parse(receipt.at)));
    if (!root) continue;
    const wrong = await findWrongProof(own, userId, receipt, root);
    if (wrong !== undefined) return fails(wrong);
    proved++;
  }
  return proved === 0
    ? note('none of your calls lies in a day whose root is published')
    : holds(`${proved} of your calls are in the signed roots as their receipts say`);
}

async function verifyOwed(own: Server, userId: string, { server, seen }: Subject): Promise<Line> {
  const [newest] = (await server.list('/liabilities/roots', liabilityRootShape)) ?? [];
  if (newest && seen.roots[`liabilities ${newest.day}`] !== newest.root.toString('hex')) {
    return fails(`the newest root of liabilities is none of those that are signed`);
  }
  if (!newest)
    return note('no root of liabilities is published, so what you are owed cannot be verified');
  const { day, users, credit, lco } = newest;
  const proof = await findProof(own, day);
  if (!proof) {
    return note(
      `the liabilities of ${day} do not have you: that is right only if you never had anything before`,
    );
  }
  const { salt, ...owed } = proof.leaf;
  const leaf = sumLeaf({ ownerHash: ownerHash(salt, userId), ...owed });
  const place = { index: proof.index, size: users, path: proof.path };
  return isInSumTree(leaf, place, { hash: newest.root, credit, lco })
    ? holds(
        `on ${day} you were owed ${formatAmount(owed.credit)} Credits and ${formatAmount(owed.lco)} LCO,` +
          ' which are in the signed sum: compare them with what you had',
      )
    : fails(`the proof of what you were owed on ${day} does not lead to the signed root`);
}

async function findProof(own: Server, day: string) {
  try {
    return await own.json(`/liabilities/proof?day=${day}`, liabilityProofShape);
  } catch (error) {
    if (error instanceof BadAnswer && error.message.endsWith('is not there')) return undefined;
    throw error;
  }
}

/** To be run after the roots themselves were verified. @param own the server as a user's key opens it */
export function ownProofsVerification(own: Server): Verification {
  return {
    title: 'your own proofs',
    async *run(subject) {
      const { user } = await own.json('/me', meShape);
      yield await verifyCalls(own, user.id, subject);
      yield await verifyOwed(own, user.id, subject);
    },
  };
}
