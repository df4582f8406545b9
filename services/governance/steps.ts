// The steps of a proposal's workflow (DESIGN 2.11): voting opens, votes are counted, what passed is executed. Each is one
// commit that happens once; asked again, or too early, it changes nothing and says what comes next.
import { assert, DomainError } from '../../domain/errors';
import { countBallots, outcomeOf, type ProposalEnd } from '../../domain/governance';
import { putRow, rowKey, type Command, type Decision, type View } from '../../ledger/command';
import { parameterKey, planParameterChange } from '../parameters';
import { readFinalBallots } from './ballots';
import {
  changed,
  isDue,
  progressOf,
  putChanged,
  readProposal,
  type ProposalProgress,
} from './proposal-progress';
import { proposalKey, proposals, proposers, termsOf, type ProposalRow } from './proposal-rows';

interface Step {
  readonly proposalId: string;
  /** Whose count of open proposals it may change. */
  readonly proposerId: string;
}

/** A vote that comes first opens it as well. */
export const openVoting: Command<Step, ProposalProgress> = {
  kind: 'open_voting',
  keys: ({ proposalId }) => ({ rows: [proposalKey(proposalId)] }),
  decide(view, { proposalId }) {
    const proposal = readProposal(view, proposalId);
    if (!isDue(view.at, proposal, 'open')) return { result: progressOf(view.at, proposal) };
    const opened = changed(proposal, { status: 'active' });
    return { rows: [putRow(proposals, opened)], result: progressOf(view.at, opened) };
  },
};

/** The timelock begins with the count, so that everybody has all of it to act on a result that is known. */
export const countVotes: Command<Step, ProposalProgress> = {
  kind: 'count_votes',
  keys: ({ proposalId, proposerId }) => ({
    rows: [proposalKey(proposalId), rowKey(proposers, proposerId)],
  }),
  decide(view, { proposalId }) {
    const proposal = readProposal(view, proposalId);
    if (!isDue(view.at, proposal, 'count')) return { result: progressOf(view.at, proposal) };
    const tally = countBallots(readFinalBallots(view, proposalId));
    const counted = changed(proposal, {
      countedAt: view.at,
      forWeight: tally.for,
      againstWeight: tally.against,
      abstainWeight: tally.abstain,
      voters: tally.voters,
      ...fateOf(view.at, proposal, outcomeOf(tally, termsOf(proposal))),
    });
    return { rows: putChanged(view, proposal, counted), result: progressOf(view.at, counted) };
  },
};

function fateOf(
  at: number,
  { kind, queuedMs, expiryMs }: ProposalRow,
  outcome: ReturnType<typeof outcomeOf>,
): Partial<ProposalRow> {
  if (outcome !== 'passed') return { status: 'defeated', endedAt: at, endedBecause: outcome };
  if (kind === 'text') return { status: 'succeeded', endedAt: at };
  const queuedUntil = at + Number(queuedMs);
  return { status: 'queued', queuedUntil, executableUntil: queuedUntil + Number(expiryMs) };
}

/** Changes the parameter in the same commit, if it is still what was voted on; otherwise the proposal expires. */
export const executeProposal: Command<Step & { readonly parameter: string }, ProposalProgress> = {
  kind: 'execute_proposal',
  keys: ({ proposalId, proposerId, parameter }) => ({
    rows: [proposalKey(proposalId), rowKey(proposers, proposerId), parameterKey(parameter)],
  }),
  decide(view, { proposalId }) {
    const proposal = readProposal(view, proposalId);
    if (!isDue(view.at, proposal, 'execute')) return { result: progressOf(view.at, proposal) };
    const plan = planExecution(view, proposal);
    if (typeof plan === 'string') {
      const expired = changed(proposal, {
        status: 'expired',
        endedAt: view.at,
        endedBecause: plan,
      });
      return { rows: putChanged(view, proposal, expired), result: progressOf(view.at, expired) };
    }
    const executed = changed(proposal, {
      status: 'executed',
      endedAt: view.at,
      executedVersion: plan.result.version,
    });
    return {
      rows: [...putChanged(view, proposal, executed), ...(plan.rows ?? [])],
      feed: plan.feed ?? [],
      result: progressOf(view.at, executed),
    };
  },
};

/** The change, or why there is none. */
function planExecution(
  view: View,
  proposal: ProposalRow,
): Decision<{ readonly version: number }> | ProposalEnd {
  const { id, title, parameter, value, parameterVersion, executableUntil } = proposal;
  assert(
    parameter !== null && parameterVersion !== null && executableUntil !== null,
    'what is queued changes a parameter',
  );
  if (view.at > executableUntil) return 'too_late';
  try {
    return planParameterChange(view, {
      name: parameter,
      value,
      expectedVersion: parameterVersion,
      source: `proposal/${id}`,
      reason: title,
    });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.code === 'STATE_CONFLICT' ? 'stale' : 'invalid';
  }
}
