// Random sequences of everything that moves Credits in and out, many at once: the books always balance, and what is
// outstanding is what the answers say it should be (DESIGN 8, invariants 1, 2, 4 and 11).
import * as fc from 'fast-check';
import { formatAmount, parseAmount, unit } from '../../domain/money';
import { DomainError } from '../../domain/errors';
import {
  callerOf,
  createWorld,
  decisionOf,
  operatorCaller,
  toAccount,
  toUser,
  type World,
} from './world';

type Step =
  | { do: 'deposit'; user: number; amount: bigint; ref: number }
  | { do: 'capital'; account: 'treasury' | 'upstream_cost'; amount: bigint }
  | { do: 'payment' | 'chargeback'; user: number; amount: bigint; ref: number }
  | { do: 'approveDeposit' | 'rejectDeposit' | 'reverse'; which: number; operator: number }
  | { do: 'redeem' | 'spend' | 'grant'; user: number; amount: bigint }
  | { do: 'approveRedemption' | 'rejectRedemption'; which: number; operator: number }
  | { do: 'bill'; amount: bigint };

/** Most are small, some above the four-eyes limit. */
const amount = fc
  .oneof(
    { weight: 3, arbitrary: fc.bigInt({ min: 1n, max: 3_000n }) },
    { weight: 2, arbitrary: fc.bigInt({ min: 5_000n, max: 15_000n }) },
  )
  .map((credits) => credits * unit + 1n);
const user = fc.nat(2);
const operator = fc.nat(2);
const ref = fc.nat(14);
const which = fc.nat(30);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deposit' as const), user, amount, ref }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('capital' as const),
      account: fc.constantFrom('treasury', 'upstream_cost'),
      amount,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('payment', 'chargeback'),
      user,
      amount,
      ref,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('approveDeposit', 'rejectDeposit', 'reverse'),
      which,
      operator,
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constantFrom('redeem', 'redeem', 'spend', 'grant'),
      user,
      amount,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('approveRedemption', 'rejectRedemption'),
      which,
      operator,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('bill' as const), amount }) },
);

interface People {
  users: string[];
  operators: string[];
}

/** Runs one step; a refusal is an answer, anything else is a fault. */
async function run(world: World, people: People, some: Step): Promise<void> {
  const userOf = (index: number) => people.users[index] ?? '';
  const operatorOf = (index: number) => people.operators[index] ?? '';
  const ids = async (table: 'deposits' | 'redemptions') =>
    (await world.db(table).select<{ id: string }[]>('id').orderBy('id')).map(({ id }) => id);
  const pick = (list: string[], index: number) => list[index % Math.max(1, list.length)];
  const first = operatorCaller(operatorOf(0));

  switch (some.do) {
    case 'deposit': {
      const text = formatAmount(some.amount);
      await world.deposits.record(first, toUser(userOf(some.user), text, `wire-${some.ref}`));
      return;
    }
    case 'capital':
      await world.deposits.record(first, toAccount(some.account, formatAmount(some.amount)));
      return;
    case 'payment': {
      const payment = { userId: userOf(some.user), amount: some.amount };
      await world.payments.receive({ ...payment, externalRef: `pay-${some.ref}` }, 'request');
      return;
    }
    case 'chargeback':
      await world.payments.chargeBack(`pay-${some.ref}`, 'Disputed', 'request');
      return;
    case 'approveDeposit':
    case 'rejectDeposit':
    case 'reverse': {
      const id = pick(await ids('deposits'), some.which);
      if (id === undefined) return;
      const act = {
        approveDeposit: 'approve',
        rejectDeposit: 'reject',
        reverse: 'reverse',
      } as const;
      await world.deposits[act[some.do]](operatorCaller(operatorOf(some.operator)), id, 'Because');
      return;
    }
    case 'redeem':
      await world.redemptions.request(callerOf(userOf(some.user)), some.amount, 'IBAN');
      return;
    case 'spend':
      await spendAtMost(world, userOf(some.user), some.amount);
      return;
    case 'grant':
      await world.grants.make(first, {
        userId: userOf(some.user),
        amount: some.amount,
        reason: 'Because',
      });
      return;
    case 'approveRedemption':
    case 'rejectRedemption': {
      const id = pick(await ids('redemptions'), some.which);
      if (id === undefined) return;
      const act = some.do === 'approveRedemption' ? 'approve' : 'reject';
      await world.redemptions[act](decisionOf(id, operatorOf(some.operator)));
      return;
    }
    case 'bill':
      await world.upstreamPayments.record(first, {
        amount: some.amount,
        channel: null,
        reason: 'Because',
      });
  }
}

async function spendAtMost(world: World, userId: string, amount: bigint): Promise<void> {
  const available = parseAmount(await world.creditsOf(userId));
  const spent = available < amount ? available : amount;
  if (spent > 0n) await world.spend(userId, formatAmount(spent));
}

/** Deposits - redemptions - reversals - bills paid, from what the API lists. */
async function outstandingByLists(world: World): Promise<bigint> {
  const all = { limit: 1_000 };
  const [deposits, redemptions, bills] = await Promise.all([
    world.deposits.list(undefined, all),
    world.redemptions.list('approved', all),
    world.upstreamPayments.list(all),
  ]);
  const sum = (items: readonly { amount: string }[]) =>
    items.reduce((total, { amount }) => total + parseAmount(amount), 0n);
  return (
    sum(deposits.items.filter(({ confirmedAt }) => confirmedAt !== null)) -
    sum(deposits.items.filter(({ reversal }) => reversal !== null)) -
    sum(redemptions.items) -
    sum(bills.items)
  );
}

it('balances the books after any sequence, in series and at once', async () => {
  const steps = fc.array(fc.tuple(step, fc.boolean()), { minLength: 80, maxLength: 140 });
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      // payments can be redeemed soon
      const world = await createWorld(20);
      const people: People = {
        users: [await world.addUser(), await world.addUser(), await world.addUser('operator')],
        operators: [await world.addUser('operator'), await world.addUser('operator')],
      };
      people.operators.push(people.users[2] ?? '');

      let running: Promise<void>[] = [];
      for (const [some, waits] of sequence) {
        running.push(
          run(world, people, some).catch((error: unknown) => {
            // a spend whose Credits a reversal took meanwhile is refused by the ledger itself
            if (!(error instanceof DomainError) && some.do !== 'spend') throw error;
          }),
        );
        if (!waits) continue;
        await Promise.all(running);
        running = [];
      }
      await Promise.all(running);

      expect(-parseAmount(await world.platformCredits('reserve'))).toBe(
        await outstandingByLists(world),
      );
      await world.close();
    }),
    { numRuns: 10, endOnFailure: true },
  );
});
