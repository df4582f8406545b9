// The champion's perk (whitepaper 4.3, DESIGN 2.9): chosen by the champion in time or else by default, in force for its
// time from the choice, and ended. What free calls may cost is moved to the round's own account at the choice; what is
// left of it goes back at the end, once no free call holds any more of it.
import { nextPollMs } from '../../domain/polling';
import { assert, DomainError } from '../../domain/errors';
import { defaultPerk, freeCallBudget, type WarPerk } from '../../domain/war-round';
import { platformAccount, warsAccount } from '../../ledger/accounts';
import {
  moveBetween,
  putRow,
  rowKey,
  type Command,
  type Transfer,
  type RowWrite,
  type View,
} from '../../ledger/command';
import { requireActiveUser, requireUser, userStates } from '../identity/user-state';
import {
  changed,
  isDue,
  progressOf,
  readRound,
  requireRound,
  roundKey,
  type WarProgress,
} from './round-progress';
import { chooseBy, perkChosenMessage, warRounds, type WarRoundRow } from './war-rows';
import { presentRound, type WarRound } from './war-views';

const freeCalls = platformAccount('free_calls', 'CREDIT');

interface Grant {
  readonly round: WarRoundRow;
  readonly transfers: readonly Transfer[];
  readonly rows: readonly RowWrite[];
}

/** The perk begins now. */
function grantPerk(view: View, round: WarRoundRow, choice: WarPerk, byDefault: boolean): Grant {
  const { championId, championScore } = round;
  assert(championId !== null && championScore !== null, 'only a champion has a perk');
  const champion = requireUser(view, championId);
  const budget =
    choice === 'free_calls' ? freeCallBudget(championScore, view.balance(freeCalls)) : null;
  const perkEndsAt = view.at + Number(round.perkMs);
  const granted = changed(round, {
    perkChoice: choice,
    perkByDefault: byDefault,
    perkChosenAt: view.at,
    perkEndsAt,
    perkBudget: budget,
  });
  const until = Math.max(champion.warPerkUntil ?? perkEndsAt, perkEndsAt);
  return {
    round: granted,
    transfers:
      budget === null || budget === 0n
        ? []
        : [
            moveBetween(
              'war_perk',
              freeCalls,
              warsAccount(round.id, 'free_calls'),
              budget,
              round.id,
            ),
          ],
    rows: [putRow(warRounds, granted), putRow(userStates, { ...champion, warPerkUntil: until })],
  };
}

interface ChoosePerk {
  readonly roundId: string;
  readonly userId: string;
  readonly choice: WarPerk;
}

/**
 * @throws DomainError WAR_ROUND_NOT_FOUND, USER_FROZEN, FORBIDDEN for anybody but the champion, STATE_CONFLICT before
 * the round is final, after a choice and after the time for it
 */
export const choosePerk: Command<ChoosePerk, WarRound> = {
  kind: 'choose_war_perk',
  keys: ({ roundId, userId }) => ({
    accounts: [freeCalls],
    rows: [roundKey(roundId), rowKey(userStates, userId)],
  }),
  decide(view, { roundId, userId, choice }) {
    requireActiveUser(view, userId);
    const round = requireRound(view, roundId);
    const until = chooseBy(round);
    if (until === null) {
      const message = `The round is ${round.status}: it has no champion yet.`;
      throw new DomainError('STATE_CONFLICT', message, { status: round.status });
    }
    if (round.championId !== userId) {
      throw new DomainError('FORBIDDEN', 'Only the champion of the round chooses its perk.');
    }
    if (round.perkChoice !== null) {
      throw new DomainError('STATE_CONFLICT', `The perk is ${round.perkChoice} already.`);
    }
    if (view.at >= until) {
      throw new DomainError('STATE_CONFLICT', 'The time to choose is over.');
    }
    const { transfers, rows, round: granted } = grantPerk(view, round, choice, false);
    return { transfers, rows, outbox: [perkChosenMessage(granted)], result: presentRound(granted) };
  },
};

/** For a champion who did not choose in time; asked again, or too early, it changes nothing. */
export const defaultWarPerk: Command<{ roundId: string }, WarProgress> = {
  kind: 'default_war_perk',
  keys: ({ roundId }) => ({ rows: [roundKey(roundId)] }),
  decide(view, { roundId }) {
    const round = readRound(view, roundId);
    if (!isDue(view.at, round, 'default_perk')) return { result: progressOf(view.at, round) };
    const { transfers, rows, round: granted } = grantPerk(view, round, defaultPerk, true);
    return { transfers, rows, result: progressOf(view.at, granted) };
  },
};

/** Free calls that were begun in time are ended, or swept, within minutes; videos may take hours. */
const heldRetryMs = 1_000;

/** Ends a perk whose time is over; asked again, or too early, it changes nothing. */
export const endWarPerk: Command<{ roundId: string }, WarProgress> = {
  kind: 'end_war_perk',
  keys: ({ roundId }) => ({
    accounts: [freeCalls, warsAccount(roundId, 'free_calls'), warsAccount(roundId, 'relay')],
    rows: [roundKey(roundId)],
  }),
  decide(view, { roundId }) {
    const round = readRound(view, roundId);
    if (!isDue(view.at, round, 'end_perk')) return { result: progressOf(view.at, round) };
    if (view.balance(warsAccount(roundId, 'relay')) > 0n) {
      const overMs = view.at - (round.perkEndsAt ?? view.at);
      return { result: progressOf(view.at, round, nextPollMs(overMs, heldRetryMs)) };
    }
    const rest = view.balance(warsAccount(roundId, 'free_calls'));
    const ended = changed(round, {
      perkEndedAt: view.at,
      perkReturned: round.perkBudget === null ? null : rest,
    });
    return {
      transfers:
        rest === 0n
          ? []
          : [
              moveBetween(
                'war_perk_end',
                warsAccount(roundId, 'free_calls'),
                freeCalls,
                rest,
                roundId,
              ),
            ],
      rows: [putRow(warRounds, ended)],
      result: progressOf(view.at, ended),
    };
  },
};
