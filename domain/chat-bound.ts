// The upper bound that a chat call reserves before it is sent, and how far its output is clamped when funds are
// short (DESIGN 2.2 "Reserve"). Whatever the upstream then reports within the bound is charged at most the bound.
import { DomainError, assert } from './errors';
import { formatAmount } from './money';
import { chargeOf, dearestInput, weightDivisor, type Rates, type TokenUsage } from './pricing';

/** Nobody is served fewer tokens a choice than this for lack of funds, unless they asked for fewer. */
const leastOutput = 16;

/** A call as far as its cost goes. */
export interface ChatDemand {
  /** The most that the upstream may count as input: text, tools and images. */
  readonly inputTokens: number;
  /** `n` */
  readonly choices: number;
  /** The most output a choice, see `outputLimitOf`; 0: there is none. */
  readonly outputLimit: number;
}

export interface ChatBound {
  /** What to send as the limit of output a choice. */
  readonly outputLimit: number;
  /** It is less than was asked or is the default, for lack of funds. */
  readonly clamped: boolean;
  /** Base units of CREDIT to reserve. */
  readonly charge: bigint;
}

/**
 * The most output a choice that a call may have: what was asked, else the smaller of the model's maximum and the
 * parameter `relay.defaultMaxOutput`.
 * @throws DomainError INVALID_REQUEST if more was asked than the model can give.
 */
export function outputLimitOf(
  asked: { readonly tokens: number; readonly field: string } | null,
  modelMaximum: number,
  defaultMaximum: number,
): number {
  if (asked === null) return Math.min(modelMaximum, defaultMaximum);
  if (asked.tokens <= modelMaximum) return asked.tokens;
  throw new DomainError(
    'INVALID_REQUEST',
    `${asked.field} is too large: this model gives at most ${modelMaximum} tokens of output.`,
    { param: asked.field },
  );
}

/**
 * What the upstream may bill as input for counted text and images.
 * @param factorBps what counted tokens are multiplied by for a model whose tokenizer is not known, 10,000 = 1;
 *   rounded up.
 */
export function inputBound(
  counted: { readonly textTokens: number; readonly images: number },
  factorBps: number,
  maxPerImage: number,
): number {
  const text = (BigInt(counted.textTokens) * BigInt(factorBps) + 9_999n) / 10_000n;
  return Number(text) + counted.images * maxPerImage;
}

/** The dearest usage within a demand. */
function boundOf({ inputTokens, choices, outputLimit }: ChatDemand): TokenUsage {
  return { input: inputTokens, cachedInput: 0, cacheWrite: 0, output: choices * outputLimit };
}

/** Prices at which no kind of input costs less than the dearest. */
function worstRates({ prices, multiplierBps }: Rates): Rates {
  return { prices: { ...prices, input: dearestInput(prices) }, multiplierBps };
}

/** Base units of CREDIT to reserve for a demand: charges of no usage within it are higher. */
export function reservationOf(demand: ChatDemand, rates: Rates): bigint {
  return chargeOf(boundOf(demand), worstRates(rates));
}

/**
 * The reservation for a demand, its output clamped to the most that `funds` (base units of CREDIT) afford.
 * @throws DomainError INSUFFICIENT_FUNDS if not even the input and 16 tokens a choice (or the limit, if less) are
 *   affordable.
 */
export function boundChat(demand: ChatDemand, rates: Rates, funds: bigint): ChatBound {
  assert(demand.choices > 0 && demand.outputLimit >= 0, 'a call has a choice');
  const whole = reservationOf(demand, rates);
  if (whole <= funds) return { outputLimit: demand.outputLimit, clamped: false, charge: whole };

  const least = Math.min(leastOutput, demand.outputLimit);
  const outputLimit = affordableOutput(demand, rates, funds);
  if (outputLimit < least) {
    const needed = reservationOf({ ...demand, outputLimit: least }, rates);
    throw new DomainError(
      'INSUFFICIENT_FUNDS',
      `This call needs at least ${formatAmount(needed)} Credits; ${formatAmount(funds)} are available.`,
      { needed: formatAmount(needed), available: formatAmount(funds) },
    );
  }
  return { outputLimit, clamped: true, charge: reservationOf({ ...demand, outputLimit }, rates) };
}

/** What a call may use of a quota that counts tokens, in and out: the most that it can take. */
export function quotaDemandOf({ inputTokens, choices, outputLimit }: ChatDemand): bigint {
  return BigInt(inputTokens) + BigInt(choices) * BigInt(outputLimit);
}

export interface QuotaBound {
  /** What to send as the limit of output a choice, as far as the quota goes. */
  readonly outputLimit: number;
  /** It is less than was asked or is the default, for lack of quota. */
  readonly clamped: boolean;
}

/**
 * A demand within what is left of a quota of tokens, its output clamped as by funds.
 * @returns null if not even the input and 16 tokens a choice (or the limit, if less) are left
 */
export function clampToQuota(demand: ChatDemand, left: bigint): QuotaBound | null {
  if (quotaDemandOf(demand) <= left) return { outputLimit: demand.outputLimit, clamped: false };
  const rest = left - BigInt(demand.inputTokens);
  const outputLimit = rest < 0n ? -1 : Number(rest / BigInt(demand.choices));
  const least = Math.min(leastOutput, demand.outputLimit);
  return outputLimit < least ? null : { outputLimit, clamped: true };
}

/** The largest limit of output a choice whose reservation is at most `funds`; negative if the input alone is more. */
function affordableOutput(demand: ChatDemand, rates: Rates, funds: bigint): number {
  const { prices, multiplierBps } = worstRates(rates);
  assert(multiplierBps > 0n, 'whoever lacks funds pays something');
  // ceil(w x bps / d) <= funds is w <= floor(funds x d / bps).
  const affordable = (funds * weightDivisor) / multiplierBps;
  const rest = affordable - BigInt(demand.inputTokens) * prices.input;
  if (rest < 0n) return -1;
  const perToken = BigInt(demand.choices) * prices.output;
  assert(perToken > 0n, 'without a price of output the whole demand is affordable');
  // Less than the limit that was too dear, so it is a safe integer.
  return Number(rest / perToken);
}
