// Burns as a buyback or a settlement makes them, and LCO to burn.
import type { BurnKind } from '../../domain/burn';
import { parseAmount } from '../../domain/money';
import { platformAccount, userAccount } from '../../ledger/accounts';
import { moveBetween, type Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { burnKeys, planBurn } from '../../services/proofs/burn-log';
import type { BurnRow } from '../../services/proofs/burn-rows';

interface TestBurn {
  readonly userId: string;
  readonly amount: bigint;
  readonly kind: BurnKind;
  readonly sourceRef: string;
}

/** Burns a user's LCO. */
export const testBurn: Command<TestBurn, BurnRow> = {
  kind: 'test_burn',
  keys: ({ userId }) => burnKeys(userAccount(userId, 'available', 'LCO')),
  decide(view, { userId, ...burn }) {
    const from = userAccount(userId, 'available', 'LCO');
    const { record, ...planned } = planBurn(view, { ...burn, from });
    return { ...planned, result: record };
  },
};

/** LCO that no call has mined: for logs whose books are not audited as a whole. */
const testMint: Command<{ userId: string; amount: bigint }, null> = {
  kind: 'test_mint',
  keys: () => ({}),
  decide: (_, { userId, amount }) => ({
    transfers: [
      moveBetween(
        'test_mint',
        platformAccount('mint', 'LCO'),
        userAccount(userId, 'available', 'LCO'),
        amount,
      ),
    ],
    result: null,
  }),
};

export async function burn(
  committer: Committer,
  userId: string,
  amount: string,
  { kind = 'bond', sourceRef = 'dispute-1' }: { kind?: BurnKind; sourceRef?: string } = {},
): Promise<BurnRow> {
  const input = { userId, amount: parseAmount(amount), kind, sourceRef };
  return (await committer.submit(testBurn, input, { actor: 'test' })).result;
}

export async function mint(committer: Committer, userId: string, amount: string): Promise<void> {
  await committer.submit(testMint, { userId, amount: parseAmount(amount) }, { actor: 'test' });
}
