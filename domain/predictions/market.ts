// The rules of a prediction market's life (whitepaper 4.2, DESIGN 2.8 and 2.13): what may be proposed, bet, resolved and
// disputed, and where it stands at a time.
import { DomainError } from '../errors';
import { formatAmount, maxOf, unit } from '../money';
import { requireFreeCoins } from '../staking';
import { isPlainText, requirePlainLine } from '../text';
import { isoTime } from '../time';
import type { PredictionSide } from './pool';

/** final: the outcome stands, nothing is paid yet. voiding: every stake is on its way back. */
export const predictionStatuses = [
  'proposed',
  'open',
  'locked',
  'resolution_proposed',
  'disputed',
  'final',
  'settling',
  'settled',
  'voiding',
  'void',
  'rejected',
  'expired',
] as const;
export type PredictionStatus = (typeof predictionStatuses)[number];

export type PredictionOutcome = PredictionSide | 'void';

/** Why a market is void. unresolved: nobody proposed an outcome in time. thin: a side was hardly bet on. */
export const voidCauses = ['unresolved', 'thin', 'operator'] as const;
export type VoidCause = (typeof voidCauses)[number];

/** What became of a dispute's bond. */
export const bondFates = ['held', 'returned', 'burned'] as const;
export type BondFate = (typeof bondFates)[number];

/** Base units of LCO. */
export const minSeed = 100n * unit;
export const minBet = unit;
const minBond = 100n * unit;
/** Of M. */
const bondPercent = 1n;

export const maxQuestionLength = 200;
export const maxRulesLength = 4_000;
export const maxSourceLength = 500;
export const maxEvidenceLength = 2_000;
const maxTags = 5;
const tagPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;
export const maxTagLength = 30;

/** How far ahead a market may close. */
const maxAheadMs = 5 * 366 * 24 * 60 * 60 * 1000;

export interface MarketText {
  readonly question: string;
  /** When it is YES and when it is NO. */
  readonly rules: string;
  /** Where the answer will be read. */
  readonly source: string;
  readonly tags: readonly string[];
}

function refuse(param: string, message: string): DomainError {
  return new DomainError('INVALID_REQUEST', message, { param });
}

/** @throws DomainError INVALID_REQUEST naming the field */
export function requireMarketText({ question, rules, source, tags }: MarketText): void {
  requirePlainLine(question, 'question', maxQuestionLength);
  if (!isPlainText(rules, maxRulesLength)) {
    const message = `rules has 1 to ${maxRulesLength} printable characters, without blanks around it.`;
    throw refuse('rules', message);
  }
  requirePlainLine(source, 'source', maxSourceLength);
  if (tags.length > maxTags) throw refuse('tags', `There are at most ${maxTags} tags.`);
  if (new Set(tags).size !== tags.length) throw refuse('tags', 'Each tag is named once.');
  if (!tags.every(isTag)) {
    const message = `A tag is 1 to ${maxTagLength} small letters, digits and single hyphens between them.`;
    throw refuse('tags', message);
  }
}

export function isTag(text: string): boolean {
  return text.length <= maxTagLength && tagPattern.test(text);
}

/** @param at milliseconds since 1970 @throws DomainError INVALID_REQUEST */
export function requireClosing(at: number, closesAt: number): void {
  if (closesAt <= at) throw refuse('closesAt', 'closesAt must be still to come.');
  if (closesAt > at + maxAheadMs) throw refuse('closesAt', 'closesAt must be within five years.');
}

function requireStake(what: string, stake: bigint, least: bigint, available: bigint): void {
  if (stake < least) {
    const minimum = formatAmount(least);
    const message = `${what} is at least ${minimum} LCO.`;
    throw new DomainError('AMOUNT_OUT_OF_RANGE', message, { minimum });
  }
  requireFreeCoins(stake, available);
}

/**
 * @param available base units of LCO that the proposer can spend
 * @throws DomainError AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS
 */
export function requireSeed(seed: bigint, available: bigint): void {
  requireStake('A seed', seed, minSeed, available);
}

/** @throws DomainError AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS */
export function requireBet(stake: bigint, available: bigint): void {
  requireStake('A bet', stake, minBet, available);
}

/** Base units of LCO: max(100 LCO, 1% of M rounded down). @param staked M at the dispute */
export function bondOf(staked: bigint): bigint {
  return maxOf(minBond, (staked * bondPercent) / 100n);
}

/** What a market's place in time depends on, milliseconds since 1970. */
export interface MarketTimes {
  readonly status: PredictionStatus;
  readonly closesAt: number;
}

/** Time alone locks a market, before anybody has written it. */
export function statusAt(at: number, { status, closesAt }: MarketTimes): PredictionStatus {
  return status === 'open' && at >= closesAt ? 'locked' : status;
}

/** @throws DomainError STATE_CONFLICT unless bets are taken at this moment */
export function requireBetting(at: number, market: MarketTimes): void {
  const status = statusAt(at, market);
  if (status === 'open') return;
  const message =
    status === 'proposed'
      ? 'The market is not open yet: an operator has to approve it first.'
      : 'The market takes no more bets.';
  throw new DomainError('STATE_CONFLICT', message, { status });
}

/** When bets were taken: from `openedAt` on, until `lockedAt`. */
interface BettingTime {
  readonly openedAt: number;
  readonly lockedAt: number;
}

/** Bets later than `effectiveAt` are voided: it is within the betting time. @throws DomainError INVALID_REQUEST */
export function requireEffectiveAt(effectiveAt: number, { openedAt, lockedAt }: BettingTime): void {
  if (effectiveAt >= openedAt && effectiveAt <= lockedAt) return;
  const message = `effectiveAt must be within the betting time, from ${isoTime(openedAt)} to ${isoTime(lockedAt)}.`;
  throw refuse('effectiveAt', message);
}

/** @throws DomainError INVALID_REQUEST */
export function requireEvidence(evidence: string): void {
  if (isPlainText(evidence, maxEvidenceLength)) return;
  const message = `evidence has 1 to ${maxEvidenceLength} printable characters, without blanks around it.`;
  throw refuse('evidence', message);
}

/** What is decided about a market, by proposal or ruling. */
export interface Resolution {
  readonly outcome: PredictionSide;
  /** Milliseconds since 1970. */
  readonly effectiveAt: number;
}

/** Whether a ruling says anything else than what was disputed: the disputer was right then. */
export function overturns(ruling: Resolution, proposed: Resolution): boolean {
  return ruling.outcome !== proposed.outcome || ruling.effectiveAt !== proposed.effectiveAt;
}
