// While a round is provisional operators may disqualify a player, for stolen keys or funds (DESIGN 2.9): the rest move
// up. It is audited, and nobody decides who gains or loses by it.
import { DomainError } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import { requireReason } from '../../domain/text';
import { putRow, rowKey, type Command } from '../../ledger/command';
import { auditAct } from '../identity/audit-log';
import { requireOperator, requireOtherPerson, userStates } from '../identity/user-state';
import { changed, progressOf, requireRound, roundKey, type WarProgress } from './round-progress';
import { playerIdOf, warRounds, warScores } from './war-rows';

/** An operator's act, as it reaches the engine through the round's workflow. */
export interface Disqualification {
  readonly roundId: string;
  readonly userId: string;
  readonly operatorId: string;
  readonly reason: string;
  /** Tells a repeat from a second act: the id of the workflow's update. */
  readonly decisionKey: string;
  readonly requestId: string;
}

/**
 * @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, WAR_ROUND_NOT_FOUND, STATE_CONFLICT unless it is
 * provisional, NOT_FOUND for who did not play, ACTION_BY_INTERESTED_OPERATOR for who did
 */
export const disqualifyPlayer: Command<Disqualification, WarProgress> = {
  kind: 'disqualify_war_player',
  keys: ({ roundId, userId, operatorId }) => ({
    rows: [
      roundKey(roundId),
      rowKey(userStates, operatorId),
      rowKey(warScores, playerIdOf(roundId, userId)),
      rowKey(warScores, playerIdOf(roundId, operatorId)),
    ],
  }),
  decide(view, { roundId, userId, operatorId, reason, requestId }) {
    requireOperator(view, operatorId);
    requireReason(reason);
    const round = requireRound(view, roundId);
    requireOtherPerson(operatorId, userId);
    if (view.row(warScores, playerIdOf(roundId, operatorId))) {
      throw new DomainError(
        'ACTION_BY_INTERESTED_OPERATOR',
        'Whoever has a score in the round would move up by it: another operator must decide.',
      );
    }
    if (round.status !== 'provisional') {
      const message = `The round is ${round.status}; players are disqualified while it is provisional.`;
      throw new DomainError('STATE_CONFLICT', message, { status: round.status });
    }
    const player = view.row(warScores, playerIdOf(roundId, userId));
    if (!player) throw new DomainError('NOT_FOUND', 'This user has no score in the round.');
    if (player.disqualifiedAt !== null) {
      throw new DomainError('STATE_CONFLICT', 'This player is disqualified already.');
    }
    const after = changed(round, {});
    return {
      rows: [
        putRow(warScores, {
          ...player,
          disqualifiedAt: view.at,
          disqualifiedBy: operatorId,
          disqualifiedReason: reason,
        }),
        putRow(warRounds, after),
        auditAct(view.at, {
          operatorId,
          action: 'war_round.disqualify',
          subjectKind: 'war_round',
          subjectId: roundId,
          reason,
          details: { userId, score: formatAmount(player.score) },
          requestId,
        }),
      ],
      result: progressOf(view.at, after),
    };
  },
};
