// Votes of the Whales (whitepaper 5, DESIGN 2.11): what may be proposed, what a vote weighs, when there is a quorum, and
// what passes. Weights are base units of LCO and are compared by multiplying crosswise, so that nothing is rounded.
import { DomainError } from './errors';
import { bpsDivisor, minAmount, mulDivUp, maxOf } from './money';
import { isPlainText, requirePlainLine } from './text';

export const proposalKinds = ['parameter', 'text'] as const;
export type ProposalKind = (typeof proposalKinds)[number];

export const proposalStatuses = [
  'pending',
  'active',
  'succeeded',
  'defeated',
  'queued',
  'executed',
  'expired',
  'vetoed',
] as const;
export type ProposalStatus = (typeof proposalStatuses)[number];

const openStatuses: readonly ProposalStatus[] = ['pending', 'active', 'queued'];

/** Whether something may still happen to it: it counts among its proposer's, and may be vetoed. */
export function isOpen(status: ProposalStatus): boolean {
  return openStatuses.includes(status);
}

export const voteChoices = ['for', 'against', 'abstain'] as const;
export type VoteChoice = (typeof voteChoices)[number];

/** Why a proposal was defeated, or expired after it had passed. */
export const proposalEnds = [
  'no_quorum',
  'outvoted',
  /** It was executed too late. */
  'too_late',
  /** The parameter was changed meanwhile. */
  'stale',
  /** The parameter, or the value within its bounds, is no more. */
  'invalid',
] as const;
export type ProposalEnd = (typeof proposalEnds)[number];

/** Of a Whale, not over, at once: operators and voters have to read them. */
export const maxOpenProposals = 3;
export const maxTitleLength = 120;
export const maxProposalLength = 4_000;

/** @throws DomainError INVALID_REQUEST naming the field */
export function requireProposalText(title: string, text: string): void {
  requirePlainLine(title, 'title', maxTitleLength);
  if (!isPlainText(text, maxProposalLength)) {
    throw new DomainError(
      'INVALID_REQUEST',
      `text has 1 to ${maxProposalLength} printable characters, without blanks around it.`,
    );
  }
}

/** @param open proposals of the user that are not over @throws DomainError OPEN_PROPOSAL_LIMIT */
export function requireRoomToPropose(open: number): void {
  if (open >= maxOpenProposals) {
    throw new DomainError(
      'OPEN_PROPOSAL_LIMIT',
      `At most ${maxOpenProposals} proposals of yours may be under way; wait for one to end.`,
      { open },
    );
  }
}

/** The thresholds of DESIGN 2.11; each proposal keeps those of its creation. */
export const quorumTerms = { quorumBps: 2_000, circulatingBps: 500, minVoters: 3 } as const;

export interface Terms {
  /** For + Abstain, of the snapshot's weight. */
  readonly quorumBps: number;
  /** For + Abstain, of the LCO in circulation. */
  readonly circulatingBps: number;
  /** Whales who vote with some weight. */
  readonly minVoters: number;
  /** For of For + Against; without it, more For than Against. */
  readonly twoThirds: boolean;
  /** Base units of LCO: what all Whales had staked when it was created. */
  readonly snapshotWeight: bigint;
  /** Base units of LCO: minted less burned when it was created. */
  readonly circulating: bigint;
}

export interface Ballot {
  readonly choice: VoteChoice;
  /** Base units of LCO: staked when the proposal was created, and at the moment that counts. */
  readonly snapshotStake: bigint;
  readonly staked: bigint;
}

/** Base units of LCO. Staking more after the snapshot adds nothing, taking back counts at once. */
export function weightOf({ snapshotStake, staked }: Omit<Ballot, 'choice'>): bigint {
  return minAmount(snapshotStake, staked);
}

export interface Tally extends Readonly<Record<VoteChoice, bigint>> {
  /** Those whose vote has any weight. */
  readonly voters: number;
}

export function countBallots(ballots: readonly Ballot[]): Tally {
  const tally = { for: 0n, against: 0n, abstain: 0n, voters: 0 };
  for (const ballot of ballots) {
    const weight = weightOf(ballot);
    if (weight === 0n) continue;
    tally[ballot.choice] += weight;
    tally.voters++;
  }
  return tally;
}

/** For + Abstain that the quorum takes, in base units of LCO: the larger of its two shares, rounded up to a unit. */
export function quorumWeight(terms: Omit<Terms, 'twoThirds' | 'minVoters'>): bigint {
  return maxOf(
    mulDivUp(terms.snapshotWeight, BigInt(terms.quorumBps), bpsDivisor),
    mulDivUp(terms.circulating, BigInt(terms.circulatingBps), bpsDivisor),
  );
}

export function isQuorumReached(tally: Tally, terms: Omit<Terms, 'twoThirds'>): boolean {
  const taking = (tally.for + tally.abstain) * bpsDivisor;
  return (
    tally.voters >= terms.minVoters &&
    taking >= terms.snapshotWeight * BigInt(terms.quorumBps) &&
    taking >= terms.circulating * BigInt(terms.circulatingBps)
  );
}

export function isCarried(tally: Tally, { twoThirds }: Pick<Terms, 'twoThirds'>): boolean {
  return twoThirds
    ? tally.for > 0n && tally.for * 3n >= 2n * (tally.for + tally.against)
    : tally.for > tally.against;
}

/** What the votes come to when voting has closed. */
export function outcomeOf(tally: Tally, terms: Terms): 'passed' | 'no_quorum' | 'outvoted' {
  if (!isQuorumReached(tally, terms)) return 'no_quorum';
  return isCarried(tally, terms) ? 'passed' : 'outvoted';
}

/**
 * Whether a vote extends the voting: the first one that makes the quorum reached in the last stretch before the close,
 * so that nobody decides at the last moment unanswered; once a proposal.
 * @param before the ballots without it, `ballot` its own, all with what is staked at this moment
 */
export function extendsVoting(
  at: number,
  voting: { readonly closesAt: number; readonly extensionMs: number; readonly isExtended: boolean },
  before: readonly Ballot[],
  ballot: Ballot,
  terms: Omit<Terms, 'twoThirds'>,
): boolean {
  if (voting.isExtended || at < voting.closesAt - voting.extensionMs) return false;
  return (
    !isQuorumReached(countBallots(before), terms) &&
    isQuorumReached(countBallots([...before, ballot]), terms)
  );
}
