// Where a proposal stands and what comes next (DESIGN 2.11), read from its row under the lock: every step of its workflow
// is answered with this, so that one that begins again goes on where the row is.
import { isOpen } from '../../domain/governance';
import { assert, DomainError } from '../../domain/errors';
import { putRow, type RowWrite, type View } from '../../ledger/command';
import { stepAt, type DueStep, type LifecycleStep } from '../lifecycle-step';
import { proposals, proposers, type ProposalRow } from './proposal-rows';
import { presentProposal, type Proposal } from './proposal-views';

type StepKind = 'open' | 'count' | 'execute';

export interface ProposalProgress {
  readonly proposal: Proposal;
  /** The higher one is the newer, whichever answer comes first. */
  readonly revision: number;
  readonly next: LifecycleStep<StepKind>;
}

/** @throws DomainError PROPOSAL_NOT_FOUND */
export function requireProposal(view: View, proposalId: string): ProposalRow {
  const proposal = view.row(proposals, proposalId);
  if (!proposal) throw proposalNotFound();
  return proposal;
}

export function proposalNotFound(): DomainError {
  return new DomainError('PROPOSAL_NOT_FOUND', 'There is no such proposal.');
}

/** @throws InvariantError when there is no such proposal: its workflow is started with the row. */
export function readProposal(view: View, proposalId: string): ProposalRow {
  const proposal = view.row(proposals, proposalId);
  assert(proposal, `the proposal ${proposalId} has a row`);
  return proposal;
}

export function progressOf(at: number, proposal: ProposalRow): ProposalProgress {
  return {
    proposal: presentProposal(proposal),
    revision: proposal.revision,
    next: stepAt(at, dueStep(proposal)),
  };
}

/** The proposal after a step that changed it. */
export function changed(proposal: ProposalRow, changes: Partial<ProposalRow>): ProposalRow {
  return { ...proposal, ...changes, revision: proposal.revision + 1 };
}

/** Writes a proposal that was changed; one that is over by it no longer counts among its proposer's. */
export function putChanged(view: View, before: ProposalRow, after: ProposalRow): RowWrite[] {
  if (!isOpen(before.status) || isOpen(after.status)) return [putRow(proposals, after)];
  const { proposerId: userId } = after;
  const open = view.row(proposers, userId)?.openProposals ?? 0;
  assert(open > 0, 'a proposal that is not over is counted');
  return [putRow(proposals, after), putRow(proposers, { userId, openProposals: open - 1 })];
}

function dueStep(proposal: ProposalRow): DueStep<StepKind> {
  switch (proposal.status) {
    case 'pending':
      return { kind: 'open', dueAt: proposal.opensAt };
    case 'active':
      return { kind: 'count', dueAt: proposal.closesAt };
    case 'queued':
      return { kind: 'execute', dueAt: proposal.queuedUntil ?? 0 };
    case 'succeeded':
    case 'defeated':
    case 'executed':
    case 'expired':
    case 'vetoed':
      return { kind: 'nothing', dueAt: 0 };
  }
}

/** Whether a step is what comes next, and due. */
export function isDue(at: number, proposal: ProposalRow, step: StepKind): boolean {
  const { kind, dueAt } = dueStep(proposal);
  return kind === step && dueAt <= at;
}
