// A proposal of a Whale (DESIGN 2.11): it waits until voting opens, until it closes, and, if it changes a parameter and
// passes, until its timelock is over. Votes never wait for it. Rows decide: every step says what comes next, so that a
// proposal that begins again goes on where it stood, and one whose voting was extended is told to wait longer.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type {
  GovernanceActivities,
  Proposal,
  ProposalStanding,
  ProposalStep,
  ProposalTerms,
} from '../activities/governance';
import { commandOptions } from './activity-options';
import { describeProposal } from './governance-details';
import { decisionOf, requireOperatorAct, type OperatorAct } from './operator-acts';
import { refusal } from './refusals';
import { lxEntity, lxKind, lxStatus, lxUser } from './search-attributes';

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

type TimedStep = Exclude<ProposalStep['kind'], 'nothing'>;

const steps: Readonly<
  Record<
    TimedStep,
    { readonly until: string; readonly summary: string; readonly take: typeof openVoting }
  >
> = {
  open: { until: 'Until voting opens', summary: 'Voting opens', take: openVoting },
  count: { until: 'Whales vote', summary: 'Count the votes', take: countVotes },
  execute: {
    until: 'Timelock: operators may veto',
    summary: 'Change the parameter, if it is still what was voted on',
    take: executeProposal,
  },
};

const over: readonly Proposal['status'][] = [
  'succeeded',
  'defeated',
  'executed',
  'expired',
  'vetoed',
];

export async function governanceProposal(terms: ProposalTerms): Promise<Proposal> {
  const { proposalId } = terms;
  let current = null as ProposalStanding | null;
  let isNews = false;

  /** A step and an operator's act may be answered in either order: the higher revision is the newer. */
  function learn(next: ProposalStanding): void {
    if (current && current.revision > next.revision) return;
    const { status } = next.proposal;
    if (current?.proposal.status !== status) {
      upsertSearchAttributes([{ key: lxStatus, value: status }]);
    }
    current = next;
    setCurrentDetails(describeProposal(next));
  }

  function checkVeto(act: OperatorAct): void {
    requireOperatorAct(act);
    if (current && over.includes(current.proposal.status)) {
      throw refusal('STATE_CONFLICT', `The proposal is ${current.proposal.status} already.`);
    }
    if (act.operatorId === terms.proposerId) {
      throw refusal('ACTION_BY_INTERESTED_OPERATOR', 'No operator acts in their own case.');
    }
  }

  async function veto(act: OperatorAct): Promise<Proposal> {
    const summary = `Operator ${act.operatorId}: veto`;
    const input = { proposalId, ...decisionOf(act) };
    const next = await CancellationScope.nonCancellable(() =>
      vetoProposal.executeWithOptions({ summary }, [input]),
    );
    learn(next);
    return next.proposal;
  }

  async function read(summary: string): Promise<void> {
    isNews = false;
    learn(await readProposal.executeWithOptions({ summary }, [proposalId]));
  }

  async function take({ kind, waitMs }: ProposalStep & { kind: TimedStep }): Promise<void> {
    const { until, summary, take: step } = steps[kind];
    if (waitMs > 0) {
      const revision = current?.revision;
      const isOther = () => isNews || current?.revision !== revision;
      if (await condition(isOther, waitMs, { summary: until })) {
        if (isNews) await read('Somebody has voted: read the tally');
        return;
      }
    }
    learn(await step.executeWithOptions({ summary }, [proposalId]));
  }

  setHandler(tallyQuery, () => current, {
    description: 'The proposal and its tally, as of the last step or vote',
  });
  setHandler(
    votedSignal,
    () => {
      isNews = true;
    },
    { description: 'Tells that somebody has voted; rows say how' },
  );
  setHandler(vetoUpdate, veto, {
    validator: checkVeto,
    description: 'Veto the proposal in public, as { operatorId, reason }, until it is over',
  });

  // What Whales voted is carried out: a request to cancel ends nothing, a veto does.
  return CancellationScope.nonCancellable(async () => {
    await read('Read where the proposal stands');
    for (;;) {
      const { next, proposal } = current as ProposalStanding;
      const { kind } = next;
      if (kind === 'nothing') {
        await condition(allHandlersFinished);
        return proposal;
      }
      if (workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        return continueAsNew<typeof governanceProposal>(terms);
      }
      await take({ ...next, kind });
    }
  });
}
