// A Whale proposes (DESIGN 2.11): the proposal's row gets, in its own commit, the snapshot, every threshold, window and
// deadline, and for a parameter the version that execution will compare with.
import { parameterDefinitions } from '../../domain/parameter-registry';
import { formatParameter, parseParameter, type ParameterJson } from '../../domain/parameters';
import { assert, DomainError } from '../../domain/errors';
import {
  quorumTerms,
  requireProposalText,
  requireRoomToPropose,
  type ProposalKind,
} from '../../domain/governance';
import { tierOf } from '../../domain/tiers';
import { isoTime } from '../../domain/time';
import { putRow, rowKey, type Command, type FeedEvent, type View } from '../../ledger/command';
import { deriveId } from '../../ledger/ids';
import { requireActiveUser, userStates } from '../identity/user-state';
import { currentParameter, parameterKey } from '../parameters';
import { stakeAccounts } from '../staking/stake';
import {
  proposalKey,
  proposals,
  proposalVoters,
  proposedMessage,
  proposers,
  voterIdOf,
  type GovernanceWindows,
  type ProposalRow,
} from './proposal-rows';
import { presentProposal, type Proposal } from './proposal-views';
import { takeSnapshot } from './snapshot';

export interface ProposalRequest {
  readonly kind: ProposalKind;
  readonly title: string;
  readonly text: string;
  /** Of a parameter: its name, and the value it is to have, as it stands in JSON. */
  readonly change: { readonly parameter: string; readonly value: unknown } | null;
}

interface Propose extends ProposalRequest {
  readonly userId: string;
  /** The request's; with the user it names the proposal. */
  readonly idempotencyKey: string;
  readonly windows: GovernanceWindows;
}

export interface WrittenProposal extends Proposal {
  readonly text: string;
}

function idOf({ userId, idempotencyKey }: Pick<Propose, 'userId' | 'idempotencyKey'>): string {
  return deriveId('proposal', userId, idempotencyKey);
}

/** @throws DomainError FORBIDDEN */
export function requireWhale(view: View, userId: string): void {
  if (!tierOf(view.balance(stakeAccounts(userId).staked)).votes) {
    throw new DomainError('FORBIDDEN', 'Only Whales propose and vote: 100,000 LCO must be staked.');
  }
}

type ParameterColumns = Pick<
  ProposalRow,
  'parameter' | 'value' | 'valueBefore' | 'parameterVersion' | 'twoThirds'
>;

/** @throws DomainError PARAMETER_NOT_FOUND, PARAMETER_OUT_OF_BOUNDS, PARAMETER_UNCHANGED */
function planChange(view: View, change: ProposalRequest['change']): ParameterColumns {
  if (change === null) {
    return {
      parameter: null,
      value: null,
      valueBefore: null,
      parameterVersion: null,
      twoThirds: false,
    };
  }
  const { name, value: before, version } = currentParameter(view, change.parameter);
  const value = formatParameter(parseParameter(name, change.value));
  if (isSame(value, before)) {
    throw new DomainError('PARAMETER_UNCHANGED', `${name} has this value already.`, { name });
  }
  const { twoThirds } = parameterDefinitions[name];
  return { parameter: name, value, valueBefore: before, parameterVersion: version, twoThirds };
}

/** Both in the registry's own form and order. */
function isSame(one: ParameterJson, other: ParameterJson): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * @throws DomainError USER_FROZEN, FORBIDDEN unless a Whale, INVALID_REQUEST, OPEN_PROPOSAL_LIMIT, PARAMETER_NOT_FOUND,
 * PARAMETER_OUT_OF_BOUNDS, PARAMETER_UNCHANGED
 */
export const propose: Command<Propose, WrittenProposal> = {
  kind: 'propose',
  keys: (input) => ({
    accounts: [stakeAccounts(input.userId).staked],
    rows: [
      rowKey(userStates, input.userId),
      rowKey(proposers, input.userId),
      proposalKey(idOf(input)),
      ...(input.change === null ? [] : [parameterKey(input.change.parameter)]),
    ],
  }),
  decide(view, input) {
    const { userId, kind, title, text, change, windows } = input;
    requireActiveUser(view, userId);
    requireWhale(view, userId);
    requireProposalText(title, text);
    assert((kind === 'parameter') === (change !== null), 'a parameter is changed by its own kind');
    const open = view.row(proposers, userId)?.openProposals ?? 0;
    requireRoomToPropose(open);
    const columns = planChange(view, change);

    const id = idOf(input);
    assert(!view.row(proposals, id), 'a stored answer stands before a second request');
    const { whales, weight, circulating } = takeSnapshot(view);
    const row: ProposalRow = {
      id,
      proposerId: userId,
      kind,
      title,
      text,
      ...columns,
      ...quorumTerms,
      ...timesOf(view.at, windows),
      status: 'pending',
      revision: 1,
      createdIn: view.sequence,
      snapshotVoters: whales.length,
      snapshotWeight: weight,
      circulating,
      extendedAt: null,
      votes: 0,
      countedAt: null,
      forWeight: null,
      againstWeight: null,
      abstainWeight: null,
      voters: null,
      queuedUntil: null,
      executableUntil: null,
      executedVersion: null,
      endedAt: null,
      endedBecause: null,
      vetoedBy: null,
      vetoReason: null,
    };
    return {
      rows: [
        putRow(proposals, row),
        putRow(proposers, { userId, openProposals: open + 1 }),
        ...whales.map((whale) =>
          putRow(proposalVoters, {
            id: voterIdOf(id, whale.userId),
            proposalId: id,
            ...whale,
          }),
        ),
      ],
      feed: [proposedEvent(row)],
      outbox: [proposedMessage(row)],
      result: { ...presentProposal(row), text },
    };
  },
};

/** Tells everybody, in the journal, by what the proposal will be decided. */
function proposedEvent(row: ProposalRow): FeedEvent {
  return {
    type: 'proposal.made',
    id: row.id,
    parameter: row.parameter,
    value: row.value,
    twoThirds: row.twoThirds,
    quorumBps: row.quorumBps,
    circulatingBps: row.circulatingBps,
    minVoters: row.minVoters,
    opensAt: isoTime(row.opensAt),
    activeMs: Number(row.activeMs),
    extensionMs: Number(row.extensionMs),
    queuedMs: Number(row.queuedMs),
    expiryMs: Number(row.expiryMs),
  };
}

function timesOf(at: number, windows: GovernanceWindows) {
  const { governancePending, governanceActive } = windows;
  return {
    createdAt: at,
    opensAt: at + governancePending,
    closesAt: at + governancePending + governanceActive,
    pendingMs: BigInt(governancePending),
    activeMs: BigInt(governanceActive),
    extensionMs: BigInt(windows.governanceExtension),
    queuedMs: BigInt(windows.governanceQueued),
    expiryMs: BigInt(windows.governanceExpiry),
  };
}
