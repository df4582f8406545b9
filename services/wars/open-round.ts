// Opens rounds of Compute Wars (DESIGN 2.9 and 5): by whoever first needs the round of a time that has none, be it the
// schedule, the close of the round before, a worker's start or a settlement. A round's birth tells the worker of it.
import { parameterValue } from '../../domain/parameters';
import { covers, roundAt } from '../../domain/war-round';
import { putRow, rowKey, type Command, type Decision, type View } from '../../ledger/command';
import { defineLookup } from '../../ledger/table';
import { parameters } from '../parameters';
import { markPointNow } from './round-mark';
import {
  termsOf,
  warOpenedMessage,
  warRounds,
  type WarRoundRow,
  type WarRoundTerms,
  type WarWindows,
} from './war-rows';

/** The round that began last: no other can have a time that is not over. */
const newestRound = defineLookup<{ readonly id: string }>({
  name: 'newest war round',
  keyType: 'int',
  sql: /* sql */ `
    select k.key, r.id from unnest($1::int[]) as k(key)
    cross join lateral (select id from war_rounds order by starts_at desc limit 1) r`,
});

/** Which round a caller expects to be the current one, and how long rounds are that are opened now. */
export interface WarsHint {
  readonly roundId: string;
  readonly windows: WarWindows;
}

interface FoundRound {
  readonly round: WarRoundRow;
  /** What is to be written when it is new. */
  readonly opening: Pick<Decision<never>, 'rows' | 'outbox'>;
}

/** The round of journal time, opened if there is none. */
export function currentRound(view: View, { roundId, windows }: WarsHint): FoundRound {
  const there = (round: WarRoundRow) => ({ round, opening: {} });
  const hinted = view.row(warRounds, roundId);
  if (hinted && covers(hinted, view.at)) return there(hinted);

  const newestId = view.row(newestRound, '1')?.id;
  const newest = newestId === undefined ? undefined : view.row(warRounds, newestId);
  if (newest && covers(newest, view.at)) return there(newest);

  const span = roundAt(view.at, windows.warsRound, newest?.endsAt ?? null);
  // By a command before this one in the batch.
  const opened = view.row(warRounds, span.id);
  if (opened) return there(opened);
  const round = newRound(view, span, windows);
  return {
    round,
    opening: { rows: [putRow(warRounds, round)], outbox: [warOpenedMessage(round)] },
  };
}

function newRound(
  view: View,
  span: Pick<WarRoundRow, 'id' | 'startsAt' | 'endsAt'>,
  windows: WarWindows,
): WarRoundRow {
  return {
    ...span,
    status: 'live',
    revision: 1,
    openedAt: view.at,
    prizeCapBps: parameterValue(view.projection(parameters), 'wars.prizeCapBps'),
    provisionalMs: BigInt(windows.warsProvisional),
    perkChoiceMs: BigInt(windows.warsPerkChoice),
    perkMs: BigInt(windows.warsPerk),
    openingMark: markPointNow(view),
    closedAt: null,
    pool: null,
    markFrom: null,
    markTo: null,
    twap: null,
    finalisedAt: null,
    championId: null,
    championScore: null,
    prizes: null,
    paidPlayers: 0,
    paidAmount: 0n,
    paidAt: null,
    perkChoice: null,
    perkByDefault: null,
    perkChosenAt: null,
    perkEndsAt: null,
    perkBudget: null,
    perkEndedAt: null,
    perkReturned: null,
  };
}

/** Makes sure that the round of this moment is open. */
export const openWarRound: Command<WarsHint, WarRoundTerms> = {
  kind: 'open_war_round',
  keys: ({ roundId }) => ({ rows: [rowKey(warRounds, roundId), rowKey(newestRound, '1')] }),
  decide(view, hint) {
    const { round, opening } = currentRound(view, hint);
    return { ...opening, result: termsOf(round) };
  },
};
