// Proposals as they are shown: amounts as decimal strings, times in ISO 8601.
import {
  isCarried,
  isQuorumReached,
  quorumWeight,
  type ProposalEnd,
  type ProposalKind,
  type ProposalStatus,
  type Tally,
} from '../../domain/governance';
import { formatAmount } from '../../domain/money';
import type { ParameterJson } from '../../domain/parameters';
import { isoTime, optionalIsoTime } from '../../domain/time';
import { termsOf, type ProposalRow } from './proposal-rows';

export interface ParameterProposal {
  readonly name: string;
  readonly value: ParameterJson;
  /** In force when it was proposed. */
  readonly valueBefore: ParameterJson;
  /** Execution finds this version, or does not happen. */
  readonly expectedVersion: number;
  /** null until it is executed. */
  readonly executedVersion: number | null;
}

/** LCO. */
export interface TallyView {
  readonly for: string;
  readonly against: string;
  readonly abstain: string;
  readonly voters: number;
  readonly quorumReached: boolean;
  /** Whether what was cast would carry it, were there a quorum. */
  readonly carried: boolean;
}

/** Without its text, which may be long. */
export interface Proposal {
  readonly id: string;
  readonly proposerId: string;
  readonly kind: ProposalKind;
  readonly title: string;
  readonly parameter: ParameterProposal | null;
  readonly status: ProposalStatus;
  readonly createdAt: string;
  readonly opensAt: string;
  readonly closesAt: string;
  readonly extendedAt: string | null;
  readonly countedAt: string | null;
  readonly queuedUntil: string | null;
  readonly executableUntil: string | null;
  readonly endedAt: string | null;
  readonly endedBecause: ProposalEnd | null;
  readonly thresholds: {
    readonly quorumBps: number;
    readonly circulatingBps: number;
    readonly minVoters: number;
    readonly twoThirds: boolean;
    /** LCO, For + Abstain: what the first two come to. */
    readonly quorumWeight: string;
  };
  readonly snapshot: {
    readonly voters: number;
    /** LCO. */
    readonly weight: string;
    readonly circulating: string;
  };
  readonly veto: { readonly operatorId: string; readonly reason: string } | null;
}

function presentParameter(row: ProposalRow): ParameterProposal | null {
  const { parameter, value, valueBefore, parameterVersion, executedVersion } = row;
  if (parameter === null || value === null || valueBefore === null || parameterVersion === null) {
    return null;
  }
  return {
    name: parameter,
    value,
    valueBefore,
    expectedVersion: parameterVersion,
    executedVersion,
  };
}

export function presentProposal(row: ProposalRow): Proposal {
  const terms = termsOf(row);
  const { quorumBps, circulatingBps, minVoters, twoThirds } = terms;
  return {
    id: row.id,
    proposerId: row.proposerId,
    kind: row.kind,
    title: row.title,
    parameter: presentParameter(row),
    status: row.status,
    createdAt: isoTime(row.createdAt),
    opensAt: isoTime(row.opensAt),
    closesAt: isoTime(row.closesAt),
    extendedAt: optionalIsoTime(row.extendedAt),
    countedAt: optionalIsoTime(row.countedAt),
    queuedUntil: optionalIsoTime(row.queuedUntil),
    executableUntil: optionalIsoTime(row.executableUntil),
    endedAt: optionalIsoTime(row.endedAt),
    endedBecause: row.endedBecause,
    thresholds: {
      quorumBps,
      circulatingBps,
      minVoters,
      twoThirds,
      quorumWeight: formatAmount(quorumWeight(terms)),
    },
    snapshot: {
      voters: row.snapshotVoters,
      weight: formatAmount(row.snapshotWeight),
      circulating: formatAmount(row.circulating),
    },
    veto:
      row.vetoedBy === null || row.vetoReason === null
        ? null
        : { operatorId: row.vetoedBy, reason: row.vetoReason },
  };
}

export function presentTally(tally: Tally, row: ProposalRow): TallyView {
  const terms = termsOf(row);
  return {
    for: formatAmount(tally.for),
    against: formatAmount(tally.against),
    abstain: formatAmount(tally.abstain),
    voters: tally.voters,
    quorumReached: isQuorumReached(tally, terms),
    carried: isCarried(tally, terms),
  };
}
