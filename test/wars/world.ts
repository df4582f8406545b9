// Players with Credits, a prize pool and a set-aside for free calls, and rounds that are driven as their workflow drives
// them, on a clock that a test sets.
import { defaultWindows } from '../../config/windows';
import { initialMarkState } from '../../domain/exchange/mark-price';
import { noSums } from '../../domain/exchange/mark-sums';
import { formatAmount, parseAmount, type Asset } from '../../domain/money';
import { roundAt, type WarPerk } from '../../domain/war-round';
import { platformAccount, userAccount, warsAccount } from '../../ledger/accounts';
import { moveBetween, type Command } from '../../ledger/command';
import { Committer } from '../../ledger/committer';
import { newId } from '../../ledger/ids';
import { projections } from '../../services/projections';
import type { Disqualification } from '../../services/wars/disqualify';
import { hintAt } from '../../services/wars/scoring';
import type { WarStanding } from '../../services/wars/wars';
import { createWars } from '../../services/wars/wars';
import { callerOf } from '../credits/world';
import { createWorld as createRelayWorld } from '../relay-calls/world';

/** What a buyback would have bought and set aside. */
export const endow: Command<
  { userId: string; purpose: 'prize_pool' | 'free_calls'; amount: bigint },
  null
> = {
  kind: 'test_endow',
  keys: () => ({}),
  decide(_, { userId, purpose, amount }) {
    const asset: Asset = purpose === 'prize_pool' ? 'LCO' : 'CREDIT';
    const from = userAccount(userId, 'available', asset);
    const transfer = moveBetween('test_endow', from, platformAccount(purpose, asset), amount);
    return { transfers: [transfer], result: null };
  },
};

/** The mark as ticks that went on for so long would have left it. */
const setMark: Command<{ markedMs: number; sum: string }, null> = {
  kind: 'test_mark',
  keys: () => ({}),
  decide: (view, { markedMs, sum }) => ({
    feed: [
      {
        type: 'mark',
        state: {
          ...initialMarkState(view.at),
          mark: '0.1',
          sums: { ...noSums, tickedMs: markedMs, markedMs, mark: sum },
        },
      },
    ],
    result: null,
  }),
};

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
export const weekMs = 7 * dayMs;

export type World = Awaited<ReturnType<typeof createWorld>>;

/** A call of one token costs 0.01 Credits, its upstream half of that. */
export async function createWorld({ warWindows = defaultWindows } = {}) {
  const relay = await createRelayWorld({ list: '10000', cost: '5000' });
  const { db, database } = relay;
  // The funds are made in one week, the round that is looked at is the next.
  const fundedAt = roundAt(Date.now(), weekMs, null).endsAt;
  const startsAt = fundedAt + weekMs;
  let now = fundedAt;
  const committers: Committer[] = [];
  const openCommitter = () => {
    const committer = new Committer({
      databaseUrl: database.url,
      applicationName: 'lx-test-wars',
      projections,
      clock: () => now,
    });
    committers.push(committer);
    return committer;
  };
  const committer = openCommitter();
  const warsOf = (by: Committer) => createWars({ db, committer: by, windows: warWindows });
  const wars = warsOf(committer);
  const roundId = roundAt(startsAt, warWindows.warsRound, null).id;
  const bank = await relay.addCaller('9000');
  const operator = await relay.addUser('operator');
  // The bank's LCO are from before scores began: a round that their call opened would have the pool before the others.
  await relay.settle(await relay.reserve(bank, 100_000), 100_000, { wars: null });
  await db.raw('update war_state set scored_from = (select settled_calls from relay_totals)');

  async function call(userId: string, tokens: number, by = committer): Promise<string> {
    const processId = await livingProcess();
    const reserved = await relay.reserve(userId, tokens, { processId }, by);
    await relay.settle(reserved, tokens, { wars: hintAt(now, warWindows) }, by);
    return reserved.input.callId;
  }

  /** One whose heart beats by the test's clock. */
  async function livingProcess(): Promise<string> {
    const id = newId();
    await db('relay_processes').insert({ id, beat_at: new Date(now + weekMs) });
    return id;
  }

  async function balanceOf(key: string): Promise<string> {
    const row = await db('accounts')
      .first<{ balance: bigint } | undefined>('balance')
      .where({ key });
    return formatAmount(row?.balance ?? 0n);
  }

  return {
    ...relay,
    committer,
    openCommitter,
    wars,
    warsOf,
    warWindows,
    operator,
    startsAt,
    roundId,
    livingProcess,
    call,

    now: () => now,
    setNow(at: number): void {
      now = at;
    },
    hint: () => hintAt(now, warWindows),

    /** A player who spends so many tokens at a moment of the round, each 0.01 Credits. */
    async addPlayer(tokens: number): Promise<string> {
      const player = await relay.addCaller(String(Math.max(1, tokens / 100)));
      if (tokens > 0) await call(player, tokens);
      return player;
    },

    /** LCO in the prize pool, Credits for free calls: at most 10,000 and 8,000. */
    async endow(purpose: 'prize_pool' | 'free_calls', amount: string): Promise<void> {
      const input = { userId: bank, purpose, amount: parseAmount(amount) };
      await committer.submit(endow, input, { actor: 'test' });
    },

    /** After so many milliseconds of ticks; the sum is of mark x ms. */
    async mark(markedMs: number, sum: string): Promise<void> {
      await committer.submit(setMark, { markedMs, sum }, { actor: 'test' });
    },

    actOf: (userId: string, over: Partial<Disqualification> = {}): Disqualification => ({
      roundId,
      userId,
      operatorId: operator,
      reason: 'A stolen key',
      decisionKey: newId(),
      requestId: newId(),
      ...over,
    }),

    choose: (userId: string, choice: WarPerk, key = newId(), service = wars) =>
      service.choosePerk(
        {
          ...callerOf(userId),
          idempotency: { key, fingerprint: Buffer.alloc(32, choice) },
        },
        roundId,
        choice,
      ),

    /** Takes the steps that are due until one has to wait. */
    async advance(by = wars): Promise<WarStanding> {
      for (;;) {
        const standing = await by.read(roundId);
        const due = await takeStep(by, roundId, standing);
        if (due.next.kind === 'nothing' || due.revision === standing.revision) return due;
      }
    },

    balanceOf,
    freeCallsOf: (purpose: 'free_calls' | 'relay' = 'free_calls') =>
      balanceOf(warsAccount(roundId, purpose).key),
    platform: (purpose: 'prize_pool' | 'free_calls' | 'upstream_cost' | 'revenue') =>
      balanceOf(platformAccount(purpose, purpose === 'prize_pool' ? 'LCO' : 'CREDIT').key),

    async close() {
      await Promise.all(committers.map((each) => each.close()));
      await relay.close();
    },
  };
}

/** What the workflow would do next, were it due. */
function takeStep(
  wars: ReturnType<typeof createWars>,
  roundId: string,
  standing: WarStanding,
): Promise<WarStanding> {
  switch (standing.next.kind) {
    case 'close':
      return wars.close(roundId);
    case 'finalise':
      return wars.finalise(roundId);
    case 'pay':
      return wars.pay(roundId);
    case 'default_perk':
      return wars.takeDefaultPerk(roundId);
    case 'end_perk':
      return wars.endPerk(roundId);
    case 'nothing':
      return Promise.resolve(standing);
  }
}
