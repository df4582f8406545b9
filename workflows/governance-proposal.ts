// A proposal of a Whale (DESIGN 2.11): it waits until voting opens, until it closes, and, if it changes a parameter and
// passes, until its timelock is over. Votes never wait for it; where they have extended the voting, it is told to wait
// longer.
import {
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type {
  GovernanceActivities,
  Proposal,
  ProposalStanding,
  ProposalTerms,
} from '../activities/governance';
import { isOpen } from '../domain/governance';
import { commandOptions } from './activity-options';
import { describeProposal } from './governance-details';
import { decisionOf, requireOperatorAct, type OperatorAct } from './operator-acts';
import { refusal } from './refusals';
import { lxEntity, lxKind, lxStatus, lxUser } from './search-attributes';
import { createSteppedLifecycle } from './stepped-lifecycle';

export const vetoUpdate = defineUpdate<Proposal, [OperatorAct]>('veto');
/** Somebody has voted; sent at least once, it carries the id of its event. */
export const votedSignal = defineSignal<[string]>('voted');
/** The proposal and its tally, as of the last step or vote; null until it was read. */
export const tallyQuery = defineQuery<ProposalStanding | null>('tally');

const { readProposal, openVoting, countVotes, executeProposal, vetoProposal } =
  proxyActivities<GovernanceActivities>(commandOptions);

export function proposalSummary({ subject }: ProposalTerms): string {
  return `Proposal: ${subject}`;
}

export function proposalSearchAttributes({
  proposalId,
  proposerId,
}: ProposalTerms): SearchAttributePair[] {
  return [
    { key: lxKind, value: 'proposal' },
    { key: lxEntity, value: proposalId },
    { key: lxUser, value: proposerId },
    { key: lxStatus, value: 'pending' },
  ];
}

const steps = {
  open: { until: 'Until voting opens', summary: 'Voting opens', take: openVoting },
  count: { until: 'Whales vote', summary: 'Count the votes', take: countVotes },
  execute: {
    until: 'Timelock: operators may veto',
    summary: 'Change the parameter, if it is still what was voted on',
    take: executeProposal,
  },
};

export async function governanceProposal(terms: ProposalTerms): Promise<Proposal> {
  const { proposalId } = terms;
  const life = createSteppedLifecycle<keyof typeof steps, ProposalStanding>({
    id: proposalId,
    steps,
    read: { summary: 'Read where the proposal stands', take: readProposal },
    show(standing, before) {
      const { status } = standing.proposal;
      if (before?.proposal.status !== status) {
        upsertSearchAttributes([{ key: lxStatus, value: status }]);
      }
      setCurrentDetails(describeProposal(standing));
    },
    continueAsNew: () => continueAsNew<typeof governanceProposal>(terms),
  });

  function checkVeto(act: OperatorAct): void {
    requireOperatorAct(act);
    const status = life.current?.proposal.status;
    if (status && !isOpen(status)) {
      throw refusal('STATE_CONFLICT', `The proposal is ${status} already.`);
    }
    if (act.operatorId === terms.proposerId) {
      throw refusal('ACTION_BY_INTERESTED_OPERATOR', 'No operator acts in their own case.');
    }
  }

  async function veto(act: OperatorAct): Promise<Proposal> {
    const summary = `Operator ${act.operatorId}: veto`;
    const input = { proposalId, ...decisionOf(act) };
    const next = await life.carryOut(() => vetoProposal.executeWithOptions({ summary }, [input]));
    return next.proposal;
  }

  setHandler(tallyQuery, () => life.current, {
    description: 'The proposal and its tally, as of the last step or vote',
  });
  setHandler(votedSignal, () => life.noteNews('Somebody has voted: read the tally'), {
    description: 'Tells that somebody has voted; rows say how',
  });
  setHandler(vetoUpdate, veto, {
    validator: checkVeto,
    description: 'Veto the proposal in public, as { operatorId, reason }, until it is over',
  });

  return (await life.run()).proposal;
}
