// The end of a round's time (DESIGN 2.9): what it has to pay out and the average mark that prizes are valued by are fixed,
// and the next round is open from now on.
import { maxOf } from '../../domain/money';
import { assert } from '../../domain/errors';
import { platformAccount } from '../../ledger/accounts';
import { putRow, type Command, type View } from '../../ledger/command';
import { currentRound, type WarsHint } from './open-round';
import { markOfRound } from './round-mark';
import {
  changed,
  isDue,
  progressOf,
  readRound,
  roundKey,
  type WarProgress,
} from './round-progress';
import { warRounds, warState, warStateKey } from './war-rows';

export const prizePool = platformAccount('prize_pool', 'LCO');

/** LCO of the prize pool that closed rounds have a claim to until they have paid. */
export function readClaimed(view: View): bigint {
  const state = view.row(warState, '1');
  assert(state, 'the state of Compute Wars exists');
  return state.claimed;
}

interface CloseRound {
  readonly id: string;
  /** Of the round that follows. */
  readonly hint: WarsHint;
}

/** Asked again, or too early, it changes nothing and says what comes next. */
export const closeWarRound: Command<CloseRound, WarProgress> = {
  kind: 'close_war_round',
  keys: ({ id, hint }) => ({
    accounts: [prizePool],
    rows: [roundKey(id), roundKey(hint.roundId), warStateKey],
  }),
  decide(view, { id, hint }) {
    const round = readRound(view, id);
    if (!isDue(view.at, round, 'close')) return { result: progressOf(view.at, round) };
    const claimed = readClaimed(view);
    const pool = maxOf(0n, view.balance(prizePool) - claimed);
    const { from, to, twap } = markOfRound(view, round);
    const closed = changed(round, {
      status: 'provisional',
      closedAt: view.at,
      pool,
      markFrom: from,
      markTo: to,
      twap: twap?.toFixed() ?? null,
    });
    const { opening } = currentRound(view, hint);
    return {
      rows: [
        putRow(warRounds, closed),
        putRow(warState, { id: 1, claimed: claimed + pool }),
        ...(opening.rows ?? []),
      ],
      outbox: opening.outbox ?? [],
      result: progressOf(view.at, closed),
    };
  },
};
