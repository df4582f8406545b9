// Proof of compute (docs/formats/usage-roots.md): the root of each day's usage records is signed, and the days follow one
// another, record by record, to no more LCO than were minted.
import { z } from 'zod';
import { formatAmount, parseAmount } from '../../domain/money';
import { rootFields, verifyRoots, type RootKind } from './roots';
import type { Verification } from './verification';

const usageRoot = z.object({
  ...rootFields,
  size: z.int().min(0),
  firstSettlement: z.string().regex(/^\d{1,18}$/),
  charged: z.string(),
  mined: z.string(),
});
type UsageRoot = z.output<typeof usageRoot>;
const supply = z.object({ minted: z.string().transform(parseAmount) });

const usageRoots: RootKind<UsageRoot> = {
  name: 'usage',
  path: '/usage-roots',
  shape: usageRoot,
  title: 'l-exchange usage root v1',
  fieldsOf: ({ firstSettlement, size, charged, mined }) => [
    ['first', firstSettlement],
    ['size', size],
    ['charged', charged],
    ['mined', mined],
  ],
};

const dayMs = 24 * 60 * 60 * 1000;

/** The first day that does not begin where the one before ended. */
function findBreak(roots: readonly UsageRoot[]): string | undefined {
  let next = 1n;
  for (const [i, { day, firstSettlement, size }] of roots.entries()) {
    const before = roots[i - 1];
    if (before && Date.parse(day) - Date.parse(before.day) !== dayMs) {
      return `the usage root of ${day} follows that of ${before.day}`;
    }
    if (BigInt(firstSettlement) !== next) {
      return `the usage root of ${day} begins with record ${firstSettlement}, not with ${next}`;
    }
    next += BigInt(size);
  }
  return undefined;
}

export const usageRootsVerification: Verification = {
  title: 'proof of compute',
  async *run(subject) {
    const roots: UsageRoot[] = [];
    yield* verifyRoots(usageRoots, subject, (found) => {
      roots.push(...found);
      return findBreak(found);
    });
    if (roots.length === 0) return;
    const { minted } = await subject.server.json('/supply', supply);
    const mined = roots.reduce((sum, root) => sum + parseAmount(root.mined), 0n);
    if (mined <= minted) return;
    const told = `${formatAmount(mined)} LCO were mined in those days, ${formatAmount(minted)} ever`;
    yield { status: 'fails', text: told };
  },
};
