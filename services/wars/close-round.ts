// The end of a round's time (DESIGN 2.9): what it has to pay out and the average mark that prizes are valued by are fixed,
// and the next round is open from now on. Rounds close in order: the pool is the older one's, whichever workflow of two
// that are late comes first.
import { maxOf } from '../../domain/money';
import { assert } from '../../domain/errors';
import { platformAccount } from '../../ledger/accounts';
import { putRow, rowKey, type Command, type View } from '../../ledger/command';
import { defineLookup } from '../../ledger/table';
import { currentRound, type WarsHint } from './open-round';
import { loadMarksOf, markOfRound } from './round-mark';
import {
  changed,
  isDue,
  progressOf,
  readRound,
  roundKey,
  type WarProgress,
} from './round-progress';
import { warRounds, warState, warStateKey, type WarRoundRow } from './war-rows';

export const prizePool = platformAccount('prize_pool', 'LCO');

/** LCO of the prize pool that closed rounds have a claim to until they have paid. */
export function readClaimed(view: View): bigint {
  const state = view.row(warState, '1');
  assert(state, 'the state of Compute Wars exists');
  return state.claimed;
}

/** In one commit: each is a row with its sums of the mark. */
const roundsAtOnce = 200;

/** Rounds before one that nobody has closed yet, the oldest first. */
const unclosedBefore = defineLookup<{ readonly roundIds: readonly string[] | null }>({
  name: 'unclosed war rounds',
  keyType: 'text',
  sql: /* sql */ `
    select r.id as key, b.ids as "roundIds"
    from war_rounds r cross join lateral (
      select json_agg(o.id order by o.starts_at) as ids
      from (
        select id, starts_at from war_rounds where status = 'live' and starts_at < r.starts_at
        order by starts_at limit ${roundsAtOnce}
      ) o
    ) b
    where r.id = any($1::text[])`,
});

/** A round that is over, after those before it; where those are too many for one commit, some of them. */
function roundsToClose(view: View, round: WarRoundRow): WarRoundRow[] {
  const ids = view.row(unclosedBefore, round.id)?.roundIds ?? [];
  const before = view
    .rows(warRounds, ids)
    .filter((each) => each !== undefined)
    .filter((each) => isDue(view.at, each, 'close'));
  const due = before.length < roundsAtOnce ? [...before, round] : before;
  loadMarksOf(view, due);
  return due;
}

function closeWith(view: View, round: WarRoundRow, pool: bigint): WarRoundRow {
  const { from, to, twap } = markOfRound(view, round);
  return changed(round, {
    status: 'provisional',
    closedAt: view.at,
    pool,
    markFrom: from,
    markTo: to,
    twap: twap?.toFixed() ?? null,
  });
}

interface CloseRound {
  readonly id: string;
  /** Of the round that follows. */
  readonly hint: WarsHint;
}

/** For what is left of the rounds before it. */
const askAgainMs = 1;

/** Asked again, or too early, it changes nothing and says what comes next. */
export const closeWarRound: Command<CloseRound, WarProgress> = {
  kind: 'close_war_round',
  keys: ({ id, hint }) => ({
    accounts: [prizePool],
    rows: [roundKey(id), roundKey(hint.roundId), rowKey(unclosedBefore, id), warStateKey],
  }),
  decide(view, { id, hint }) {
    const round = readRound(view, id);
    if (!isDue(view.at, round, 'close')) return { result: progressOf(view.at, round) };
    const available = view.balance(prizePool);
    let claimed = readClaimed(view);
    const closed = roundsToClose(view, round).map((each) => {
      const pool = maxOf(0n, available - claimed);
      claimed += pool;
      return closeWith(view, each, pool);
    });
    const { opening } = currentRound(view, hint);
    return {
      rows: [
        ...closed.map((each) => putRow(warRounds, each)),
        putRow(warState, { id: 1, claimed }),
        ...(opening.rows ?? []),
      ],
      outbox: opening.outbox ?? [],
      result: progressOf(view.at, closed.find((each) => each.id === id) ?? round, askAgainMs),
    };
  },
};
