// Two plain commands that move Credits, for tests and benchmarks of the ledger itself.
import { createHash } from 'node:crypto';
import { DomainError } from '../../domain/errors';
import { platformAccount, userAccount } from '../../ledger/accounts';
import { moveBetween, type Command, type Origin } from '../../ledger/command';

export const fund: Command<{ to: string; amount: bigint }, { funded: string }> = {
  kind: 'test_fund',
  keys: ({ to }) => ({ accounts: [userAccount(to, 'available', 'CREDIT')] }),
  decide: (_, { to, amount }) => ({
    transfers: [
      moveBetween(
        'test_fund',
        platformAccount('reserve', 'CREDIT'),
        userAccount(to, 'available', 'CREDIT'),
        amount,
      ),
    ],
    result: { funded: to },
  }),
};

export const transfer: Command<{ from: string; to: string; amount: bigint }, { left: string }> = {
  kind: 'test_transfer',
  keys: ({ from, to }) => ({
    accounts: [userAccount(from, 'available', 'CREDIT'), userAccount(to, 'available', 'CREDIT')],
  }),
  decide(view, { from, to, amount }) {
    const source = userAccount(from, 'available', 'CREDIT');
    const balance = view.balance(source);
    if (balance < amount) throw new DomainError('INSUFFICIENT_FUNDS', 'Not enough Credits.');
    return {
      transfers: [
        moveBetween('test_transfer', source, userAccount(to, 'available', 'CREDIT'), amount),
      ],
      result: { left: (balance - amount).toString() },
    };
  },
};

/** An origin with an idempotency key whose fingerprint is that of `body`. */
export function keyed(actor: string, key: string, body: string): Origin {
  return { actor, idempotency: { key, fingerprint: createHash('sha256').update(body).digest() } };
}
