// An operator vetoes a proposal in public (DESIGN 2.11), until it is over. It is audited; nobody vetoes what they proposed
// or voted on.
import { DomainError } from '../../domain/errors';
import { isOpen } from '../../domain/governance';
import { requireReason } from '../../domain/text';
import { rowKey, type Command } from '../../ledger/command';
import { auditAct } from '../identity/audit-log';
import { requireOperator, requireOtherPerson, userStates } from '../identity/user-state';
import {
  changed,
  progressOf,
  putChanged,
  requireProposal,
  type ProposalProgress,
} from './proposal-progress';
import { proposalKey, proposalVotes, proposers, voterIdOf } from './proposal-rows';

/** An operator's act, as it reaches the engine through the proposal's workflow. */
export interface Veto {
  readonly proposalId: string;
  readonly operatorId: string;
  /** Public. */
  readonly reason: string;
  /** Tells a repeat from a second act: the id of the workflow's update. */
  readonly decisionKey: string;
  readonly requestId: string;
}

/**
 * @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, PROPOSAL_NOT_FOUND, STATE_CONFLICT once it is over,
 * ACTION_BY_INTERESTED_OPERATOR for who proposed it or voted on it
 */
export const vetoProposal: Command<Veto & { readonly proposerId: string }, ProposalProgress> = {
  kind: 'veto_proposal',
  keys: ({ proposalId, proposerId, operatorId }) => ({
    rows: [
      proposalKey(proposalId),
      rowKey(userStates, operatorId),
      rowKey(proposers, proposerId),
      rowKey(proposalVotes, voterIdOf(proposalId, operatorId)),
    ],
  }),
  decide(view, { proposalId, operatorId, reason, requestId }) {
    requireOperator(view, operatorId);
    requireReason(reason);
    const proposal = requireProposal(view, proposalId);
    const { status, proposerId } = proposal;
    const hasVoted = view.row(proposalVotes, voterIdOf(proposalId, operatorId)) !== undefined;
    requireOtherPerson(operatorId, proposerId, hasVoted ? operatorId : null);
    if (!isOpen(status)) {
      throw new DomainError('STATE_CONFLICT', `The proposal is ${status} already.`, { status });
    }
    const vetoed = changed(proposal, {
      status: 'vetoed',
      endedAt: view.at,
      vetoedBy: operatorId,
      vetoReason: reason,
    });
    return {
      rows: [
        ...putChanged(view, proposal, vetoed),
        auditAct(view.at, {
          operatorId,
          action: 'proposal.veto',
          subjectKind: 'proposal',
          subjectId: proposalId,
          reason,
          details: { status },
          requestId,
        }),
      ],
      result: progressOf(view.at, vetoed),
    };
  },
};
