// The steps of a proposal (DESIGN 2.11), each one commit that happens once however often it is asked for.
import type { Governance, ProposalStanding } from '../services/governance/governance';
import type { ProposalTerms } from '../services/governance/proposal-rows';
import type { Proposal } from '../services/governance/proposal-views';
import type { Veto } from '../services/governance/veto';
import { runActivity } from './run';

export type { Proposal, ProposalStanding, ProposalTerms };

/** All fail with the code of the refusal as type, which is not retried; asked too early they say how long to wait. */
export interface GovernanceActivities {
  readProposal(proposalId: string): Promise<ProposalStanding>;
  openVoting(proposalId: string): Promise<ProposalStanding>;
  countVotes(proposalId: string): Promise<ProposalStanding>;
  executeProposal(proposalId: string): Promise<ProposalStanding>;
  /** Idempotent by `decisionKey`. */
  vetoProposal(act: Veto): Promise<ProposalStanding>;
}

export function createGovernanceActivities({
  governance,
}: {
  readonly governance: Governance;
}): GovernanceActivities {
  return {
    readProposal: (proposalId) => runActivity(() => governance.read(proposalId)),
    openVoting: (proposalId) => runActivity(() => governance.open(proposalId)),
    countVotes: (proposalId) => runActivity(() => governance.count(proposalId)),
    executeProposal: (proposalId) => runActivity(() => governance.execute(proposalId)),
    vetoProposal: (act) => runActivity(() => governance.veto(act)),
  };
}
