// The tables of governance (DESIGN 2.11): proposals with all that they are decided by, the Whales of their snapshots,
// votes, and how many proposals of a user are not over.
import type {
  ProposalEnd,
  ProposalKind,
  ProposalStatus,
  Terms,
  VoteChoice,
} from '../../domain/governance';
import type { ParameterJson } from '../../domain/parameters';
import { rowKey, type OutboxMessage, type RowKey } from '../../ledger/command';
import { defineTable, type RowOf, type Table } from '../../ledger/table';

/** The lengths that proposals are created with, in milliseconds; each keeps its own. */
export interface GovernanceWindows {
  readonly governancePending: number;
  readonly governanceActive: number;
  readonly governanceExtension: number;
  readonly governanceQueued: number;
  readonly governanceExpiry: number;
}

const proposalTable = defineTable({
  name: 'proposals',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    proposerId: 'uuid',
    kind: 'text',
    title: 'text',
    text: 'text',
    parameter: 'text?',
    value: 'json?',
    valueBefore: 'json?',
    parameterVersion: 'int?',
    status: 'text',
    revision: 'int',
    createdAt: 'timestamptz',
    createdIn: 'bigint',
    snapshotVoters: 'int',
    snapshotWeight: 'bigint',
    circulating: 'bigint',
    quorumBps: 'int',
    circulatingBps: 'int',
    minVoters: 'int',
    twoThirds: 'boolean',
    pendingMs: 'bigint',
    activeMs: 'bigint',
    extensionMs: 'bigint',
    queuedMs: 'bigint',
    expiryMs: 'bigint',
    opensAt: 'timestamptz',
    closesAt: 'timestamptz',
    extendedAt: 'timestamptz?',
    votes: 'int',
    countedAt: 'timestamptz?',
    forWeight: 'bigint?',
    againstWeight: 'bigint?',
    abstainWeight: 'bigint?',
    voters: 'int?',
    queuedUntil: 'timestamptz?',
    executableUntil: 'timestamptz?',
    executedVersion: 'int?',
    endedAt: 'timestamptz?',
    endedBecause: 'text?',
    vetoedBy: 'uuid?',
    vetoReason: 'text?',
  },
});

type Parsed = 'kind' | 'status' | 'value' | 'valueBefore' | 'endedBecause';
export type ProposalRow = Omit<RowOf<typeof proposalTable>, Parsed> & {
  readonly kind: ProposalKind;
  readonly status: ProposalStatus;
  readonly value: ParameterJson | null;
  readonly valueBefore: ParameterJson | null;
  readonly endedBecause: ProposalEnd | null;
};
export const proposals = proposalTable as unknown as Table<ProposalRow>;

/** For reads outside the committer, with the table as `p`. */
export const proposalColumns = {
  id: 'p.id',
  proposerId: 'p.proposer_id',
  kind: 'p.kind',
  title: 'p.title',
  text: 'p.text',
  parameter: 'p.parameter',
  value: 'p.value',
  valueBefore: 'p.value_before',
  parameterVersion: 'p.parameter_version',
  status: 'p.status',
  revision: 'p.revision',
  createdAt: 'p.created_at',
  createdIn: 'p.created_in',
  snapshotVoters: 'p.snapshot_voters',
  snapshotWeight: 'p.snapshot_weight',
  circulating: 'p.circulating',
  quorumBps: 'p.quorum_bps',
  circulatingBps: 'p.circulating_bps',
  minVoters: 'p.min_voters',
  twoThirds: 'p.two_thirds',
  pendingMs: 'p.pending_ms',
  activeMs: 'p.active_ms',
  extensionMs: 'p.extension_ms',
  queuedMs: 'p.queued_ms',
  expiryMs: 'p.expiry_ms',
  opensAt: 'p.opens_at',
  closesAt: 'p.closes_at',
  extendedAt: 'p.extended_at',
  votes: 'p.votes',
  countedAt: 'p.counted_at',
  forWeight: 'p.for_weight',
  againstWeight: 'p.against_weight',
  abstainWeight: 'p.abstain_weight',
  voters: 'p.voters',
  queuedUntil: 'p.queued_until',
  executableUntil: 'p.executable_until',
  executedVersion: 'p.executed_version',
  endedAt: 'p.ended_at',
  endedBecause: 'p.ended_because',
  vetoedBy: 'p.vetoed_by',
  vetoReason: 'p.veto_reason',
} satisfies Record<keyof ProposalRow, string>;

export function termsOf(proposal: ProposalRow): Terms {
  const { quorumBps, circulatingBps, minVoters, twoThirds, snapshotWeight, circulating } = proposal;
  return { quorumBps, circulatingBps, minVoters, twoThirds, snapshotWeight, circulating };
}

export const proposalVoters = defineTable({
  name: 'proposal_voters',
  key: 'id',
  writes: 'insert',
  columns: { id: 'text', proposalId: 'uuid', userId: 'uuid', stake: 'bigint' },
});

const voteTable = defineTable({
  name: 'proposal_votes',
  key: 'id',
  writes: 'insert',
  columns: {
    id: 'text',
    proposalId: 'uuid',
    userId: 'uuid',
    choice: 'text',
    number: 'int',
    castAt: 'timestamptz',
    castIn: 'bigint',
  },
});
type VoteRow = Omit<RowOf<typeof voteTable>, 'choice'> & { readonly choice: VoteChoice };
export const proposalVotes = voteTable as unknown as Table<VoteRow>;

export const proposers = defineTable({
  name: 'proposers',
  key: 'userId',
  writes: 'upsert',
  columns: { userId: 'uuid', openProposals: 'int' },
});

/** Of a Whale in a snapshot, and of their vote. */
export function voterIdOf(proposalId: string, userId: string): string {
  return `${proposalId}/${userId}`;
}

export function proposalKey(proposalId: string): RowKey {
  return rowKey(proposals, proposalId);
}

/** What a proposal's workflow is started with. */
export interface ProposalTerms {
  readonly proposalId: string;
  readonly proposerId: string;
  /** One line for the Temporal UI. */
  readonly subject: string;
}

type Subject = Pick<ProposalRow, 'id' | 'proposerId' | 'parameter' | 'value'>;

/** A title may say anything; what is to be changed says what it is about. */
export function proposalTermsOf({ id, proposerId, parameter, value }: Subject): ProposalTerms {
  const subject =
    parameter === null
      ? 'a text'
      : `${parameter} = ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  return { proposalId: id, proposerId, subject };
}

/** Tells the worker of a proposal that was made. */
export function proposedMessage(proposal: Subject): OutboxMessage {
  return {
    kind: 'proposal.made',
    entityId: proposal.id,
    payload: { ...proposalTermsOf(proposal) },
  };
}

/** Tells the proposal's workflow that somebody voted. */
export function votedMessage(proposal: Subject): OutboxMessage {
  return { ...proposedMessage(proposal), kind: 'proposal.voted' };
}
