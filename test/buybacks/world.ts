// A market with LCO for sale, relay profit to share, operators, and runs that are driven as their workflow drives them.
import { setTimeout as sleep } from 'node:timers/promises';
import { initialMarkState, type MarkState } from '../../domain/exchange/mark-price';
import { noSums } from '../../domain/exchange/mark-sums';
import { formatAmount, parseAmount } from '../../domain/money';
import { platformAccount, type PlatformPurpose } from '../../ledger/accounts';
import type { Command } from '../../ledger/command';
import { newId } from '../../ledger/ids';
import type { BuybackProgress } from '../../services/buybacks/buyback-progress';
import { createBuybacks, type Buybacks } from '../../services/buybacks/buybacks';
import type { BuybackAct } from '../../services/buybacks/pause-buyback';
import { operatorCaller } from '../credits/world';
import { createWorld as createExchangeWorld } from '../exchange/world';

/** The mark as the ticks of a market that has warmed up would have set it. */
const setMark: Command<{ mark: string; ageMs: number; average: string }, null> = {
  kind: 'test_mark',
  keys: () => ({}),
  decide: (view, { mark, ageMs, average }) => ({
    feed: [{ type: 'mark', state: stateOf(view.at - ageMs, mark, average) }],
    result: null,
  }),
};

function stateOf(at: number, mark: string, average: string): MarkState {
  const sums = { ...noSums, tickedMs: 1, markedMs: 1, mark: average };
  return { ...initialMarkState(at), mark, sums };
}

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld() {
  const world = await createExchangeWorld();
  const { db, committer, costCorrections } = world;
  const operator = await world.addUser('operator');
  const buybacksOf = (spreadMs: number) => createBuybacks({ db, committer, spreadMs });
  /** All slices are due at once. */
  const buybacks = buybacksOf(1);

  return {
    ...world,
    operator,
    buybacks,
    buybacksOf,

    /** The mark, and its average if that is another: for committers that are there, and in the row for others. */
    async mark(mark: string, { ageMs = 0, average = mark } = {}): Promise<void> {
      const { at } = await committer.submit(setMark, { mark, ageMs, average }, { actor: 'test' });
      const state = stateOf(at - ageMs, mark, average);
      await db('mark_state')
        .insert({ id: 1, state: JSON.stringify(state) })
        .onConflict('id')
        .merge();
    },

    /** Makes 500 Credits of relay profit, and offers the 10,000 LCO that this mined (or some of them). */
    async sell(price: string, quantity = '10000'): Promise<string> {
      const seller = await world.addTrader('1', '10000');
      await world.place(seller, { side: 'sell', price, quantity });
      return seller;
    },

    /**
     * A call that costs the upstream so many Credits more than its caller is charged: one token was reserved, many more
     * were used, at a cost of 0.005 Credits each.
     */
    async callBelowCost(shortfall: string): Promise<void> {
      const caller = await world.addCaller('1');
      const call = await world.reserve(caller, 1);
      await world.settle(call, Number(shortfall) * 200 + 2);
    },

    correctCost: (amount: string) =>
      costCorrections.record(operatorCaller(operator), {
        amount: parseAmount(amount),
        channel: null,
        reason: 'A bill',
      }),

    actOf: (buybackId: string, over: Partial<BuybackAct> = {}): BuybackAct => ({
      buybackId,
      operatorId: operator,
      reason: 'A test',
      decisionKey: newId(),
      requestId: newId(),
      ...over,
    }),

    /** Opens an extra run and takes all its steps. */
    async runExtra(by: Buybacks = buybacks): Promise<BuybackProgress> {
      const { buyback } = await by.openExtra(operatorCaller(operator), 'A test');
      return run(by, buyback.id);
    },
    run: (buybackId: string, by: Buybacks = buybacks) => run(by, buybackId),
    step: (buybackId: string, progress: BuybackProgress, by: Buybacks = buybacks) =>
      step(by, buybackId, progress),

    /** What the platform has for a purpose. */
    async balanceOf(purpose: PlatformPurpose, asset: 'CREDIT' | 'LCO' = 'CREDIT'): Promise<string> {
      const row = await db('accounts')
        .first<{ balance: bigint } | undefined>('balance')
        .where('key', platformAccount(purpose, asset).key);
      return formatAmount(row?.balance ?? 0n);
    },
  };
}

async function run(by: Buybacks, buybackId: string): Promise<BuybackProgress> {
  let progress = await by.start(buybackId);
  while (progress.next.kind !== 'nothing') progress = await step(by, buybackId, progress);
  return progress;
}

/** What the workflow would do next. */
export async function step(
  by: Buybacks,
  buybackId: string,
  { next }: BuybackProgress,
): Promise<BuybackProgress> {
  switch (next.kind) {
    case 'start':
      await sleep(Math.min(next.waitMs, 50));
      return by.start(buybackId);
    case 'slice':
      await sleep(next.waitMs);
      return by.buy({ buybackId, slice: next.slice, for: next.for });
    case 'burn':
      return by.burn(buybackId);
    default:
      throw new Error(`nothing follows ${next.kind}`);
  }
}
