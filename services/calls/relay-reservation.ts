// Reserve: before a call goes upstream, an upper bound of its charge is held, and tier, price version and
// concurrency slot are fixed (whitepaper 5, DESIGN 2.2). The row, the hold and the user's live count change in
// one commit, so limits are exact over all processes.
import { boundChat, inputBound, outputLimitOf, quotaDemandOf } from '../../domain/chat-bound';
import { DomainError } from '../../domain/errors';
import { parameterValue } from '../../domain/parameters';
import { variantOf, type Variant, type VariantWish } from '../../domain/price-variants';
import { ratesOf, type PriceUnit } from '../../domain/pricing';
import { tierOf, type TierLevel } from '../../domain/tiers';
import { userAccount } from '../../ledger/accounts';
import { putRow, rowKey, type Command, type View } from '../../ledger/command';
import { boundByQuota, holdQuota, quotasKey, type QuotaHold } from '../imos/quota';
import { perksOf } from '../wars/entitlements';
import { models, type Model } from '../catalog/models';
import { parameters } from '../parameters';
import {
  costPricesOf,
  listPricesOf,
  priceVersions,
  requireUnit,
  variantsOf,
  type PriceVersion,
} from '../catalog/price-versions';
import {
  availableCredits,
  callerKeys,
  fundsOf,
  nonZero,
  relayCalls,
  reservedCredits,
  reservedOfUser,
  type CallName,
} from './relay-calls';
import { boundFreeCall, type FundedBound } from './free-calls';
import { boundPaidCall, heldByKey } from './paid-calls';
import { reclaimDeadCalls, releaseRows, type Reclaimed } from './relay-release';
import { keyStates, requireActiveUser, userStates, type KeyState } from '../identity/user-state';

export interface ReserveInput extends CallName {
  readonly processId: string;
  /** The path under /v1, such as `chat/completions`. */
  readonly endpoint: string;
  readonly modelId: string;
  /** The price version that the caller's catalogue knew; the one in force under the lock counts. */
  readonly priceVersionHint: string;
  /** Whether the model was one of an IMO by the caller's catalogue: the user's quotas are read with the rest then. */
  readonly isScarceHint?: boolean;
  /** What a refusal of the input names; absent: `messages`. */
  readonly inputField?: string;
  /** Counted input, before the model's safety factor; characters where another unit is priced. */
  readonly textTokens: number;
  readonly images: number;
  /** `n`; of a model that is priced by another unit, how many of `wish`. */
  readonly choices: number;
  /** What the endpoint's models are priced by; absent: tokens. */
  readonly unit?: PriceUnit;
  /** The size and quality that were asked for, where a unit has them. */
  readonly wish?: VariantWish;
  /** The limit of output a choice that was asked for, and by which field; 0: there is no output. */
  readonly askedOutput: { readonly tokens: number; readonly field: string } | null;
}

export interface Reservation {
  /** Base units of CREDIT. */
  readonly reserved: bigint;
  /** What to send upstream as the limit of output a choice. */
  readonly outputLimit: number;
  /** It is less than was asked or is the default, for lack of funds or of quota. */
  readonly clamped: boolean;
  readonly tier: TierLevel;
  readonly version: PriceVersion;
  /** What is asked of the upstream, and the units that each takes. */
  readonly variant: Variant;
  /** The most that may be counted as input. */
  readonly inputTokens: number;
  /** Whose quota it holds; null: the model is open. */
  readonly imoId: string | null;
}

/** A limit that calls of dead processes may be filling: give those back, then decide. */
const nothingReclaimed: Reclaimed = { transfers: [], calls: [], amount: 0n };

/**
 * Holds the bound of a chat call, of the user's own Credits or, for a champion, of the free calls' set-aside, and of a
 * scarce model also of the user's quota.
 * Refuses, in this order: MODEL_NOT_FOUND, USER_FROZEN, API_KEY_REVOKED, API_KEY_EXPIRED, INVALID_REQUEST (input or
 * output beyond the model), CONCURRENCY_LIMIT, IMO_QUOTA_REQUIRED, API_KEY_CAP_EXCEEDED, INSUFFICIENT_FUNDS.
 */
export const reserveCall: Command<ReserveInput, Reservation> = {
  kind: 'relay_reserve',
  keys: (input) => ({
    accounts: [
      availableCredits(input.userId),
      reservedCredits(input.userId),
      userAccount(input.userId, 'staked', 'LCO'),
    ],
    rows: [
      ...callerKeys(input),
      rowKey(models, input.modelId),
      rowKey(priceVersions, input.priceVersionHint),
      ...(input.isScarceHint ? [quotasKey(input)] : []),
    ],
  }),
  decide(view, input) {
    const { model, version } = requireModel(view, input.modelId);
    const user = requireActiveUser(view, input.userId);
    const key = requireUsableKey(view, input.keyId);
    const tier = tierOf(view.balance(userAccount(user.id, 'staked', 'LCO')));
    const limits = view.projection(parameters);
    const slots = parameterValue(limits, 'tiers.concurrency')[tier.level];
    requireUnit(version, input.unit ?? 'tokens');
    const variant = variantOf(variantsOf(version), input.wish ?? nothing);
    const demand = {
      inputTokens: countInput(input, version),
      choices: countChoices(input, version, variant),
      outputLimit: outputLimitOf(
        input.askedOutput,
        version.maxOutput,
        parameterValue(limits, 'relay.defaultMaxOutput'),
      ),
    };
    const rates = ratesOf(tier.priceBps, listPricesOf(version), costPricesOf(version));
    const perks = perksOf(view, user);

    const decideWith = (reclaimed: Reclaimed): FundedBound & { quota: QuotaHold | null } => {
      if (!perks.isUnlimited && user.liveCalls - reclaimed.calls.length >= slots) {
        throw new DomainError(
          'CONCURRENCY_LIMIT',
          `${slots} calls at once are allowed at ${tier.level}; stake more LCO for more.`,
          { limit: slots, tier: tier.level },
        );
      }
      const quota =
        model.access === 'imo' ? boundByQuota(view, input, demand, reclaimed.calls) : null;
      const within = { ...demand, outputLimit: quota?.outputLimit ?? demand.outputLimit };
      const bound =
        boundFreeCall(view, perks, within, costPricesOf(version)) ??
        boundPaidCall(view, input.userId, key, reclaimed, (funds) =>
          boundChat(within, rates, funds),
        );
      return { ...bound, clamped: bound.clamped || (quota?.clamped ?? false), quota };
    };
    const isShort = (bound: { clamped: boolean } | DomainError) =>
      bound instanceof DomainError || bound.clamped;

    let reclaimed = nothingReclaimed;
    let bound = attempt(() => decideWith(reclaimed));
    if (isShort(bound) && user.liveCalls > 0) {
      reclaimed = reclaimDeadCalls(view, user.id);
      bound = attempt(() => decideWith(reclaimed));
    }
    if (bound instanceof DomainError) throw bound;

    const released = releaseRows(view, reclaimed.calls);
    const { charge: reserved, outputLimit, clamped, warRoundId } = bound;
    const imoId = bound.quota?.imoId ?? null;
    const units = imoId === null ? null : quotaDemandOf({ ...demand, outputLimit });
    const { source, held } = fundsOf({ userId: user.id, warRoundId });
    const entries = nonZero([
      { account: source, amount: -reserved },
      { account: held, amount: reserved },
    ]);
    const heldKey = key && {
      ...key,
      reserved: key.reserved - heldByKey(key, reclaimed) + reservedOfUser({ warRoundId, reserved }),
    };
    return {
      transfers: [
        ...reclaimed.transfers,
        ...(entries.length > 0
          ? [{ kind: 'relay_reserve', reference: input.callId, entries }]
          : []),
      ],
      rows: [
        ...released,
        putRow(userStates, { ...user, liveCalls: user.liveCalls - reclaimed.calls.length + 1 }),
        ...(heldKey ? [putRow(keyStates, heldKey)] : []),
        ...(imoId === null || units === null
          ? []
          : [holdQuota(view, user.id, { imoId, units }, reclaimed.calls)]),
        putRow(relayCalls, {
          id: input.callId,
          userId: user.id,
          keyId: input.keyId,
          processId: input.processId,
          endpoint: input.endpoint,
          modelId: input.modelId,
          priceVersionId: version.id,
          tier: tier.level,
          priceBps: tier.priceBps === null ? null : Number(tier.priceBps),
          reserved,
          status: 'live',
          openedAt: view.at,
          // Named one by one: spread from another object they would cost 50 µs, more than all else of a decision.
          endedAt: null,
          ending: null,
          settlementNumber: null,
          inputTokens: null,
          cachedInputTokens: null,
          cacheWriteTokens: null,
          outputTokens: null,
          tokenSource: null,
          charge: null,
          cost: null,
          shortfall: null,
          excess: null,
          mined: null,
          epoch: null,
          channelId: null,
          latencyMs: null,
          ttftMs: null,
          warRoundId,
          freeCharge: null,
          imoId,
          quota: units,
        }),
      ],
      result: {
        reserved,
        outputLimit,
        clamped,
        tier: tier.level,
        version,
        variant,
        inputTokens: demand.inputTokens,
        imoId,
      },
    };
  },
};

function requireModel(
  view: View,
  modelId: string,
): { readonly model: Model; readonly version: PriceVersion } {
  const model = view.row(models, modelId);
  const version = model && view.row(priceVersions, model.currentVersionId);
  if (!version) {
    throw new DomainError('MODEL_NOT_FOUND', `The model ${modelId} does not exist.`, {
      param: 'model',
    });
  }
  return { model, version };
}

const nothing: VariantWish = { size: null, quality: null };

/** The key, looked at again under the lock: it may have been revoked since it was recognised. */
function requireUsableKey(view: View, keyId: string | null): KeyState | null {
  if (keyId === null) return null;
  const key = view.row(keyStates, keyId);
  if (!key || key.revokedAt !== null) {
    throw new DomainError('API_KEY_REVOKED', 'This key was revoked.');
  }
  if (key.expiresAt !== null && key.expiresAt <= view.at) {
    throw new DomainError('API_KEY_EXPIRED', 'This key has expired.');
  }
  return key;
}

/** Answers, or units of what is not priced by tokens. */
function countChoices(
  { choices, askedOutput }: ReserveInput,
  version: PriceVersion,
  { units }: Variant,
): number {
  if (version.unit === 'tokens') return choices;
  const all = choices * units;
  if (all <= version.maxOutput) return all;
  throw new DomainError(
    'INVALID_REQUEST',
    `This takes ${all} ${version.unit} of the price; this model gives at most ${version.maxOutput} a call.`,
    askedOutput ? { param: askedOutput.field } : {},
  );
}

/**
 * The most that may be billed as input. The model's limit is compared with what was counted, not with that bound: the
 * factor is for the worst text, and by it every long prompt would be refused that the upstream takes. What is too long by
 * the upstream's own count it refuses itself, and nothing is billed.
 *
 * What is not priced by tokens may be described by a text of so many characters, which costs nothing itself.
 */
function countInput(input: ReserveInput, version: PriceVersion): number {
  const named = { param: input.inputField ?? 'messages' };
  if (version.unit !== 'tokens') {
    if (input.textTokens <= version.maxInput) return 0;
    throw new DomainError(
      'INVALID_REQUEST',
      `The text has ${input.textTokens} characters; this model takes at most ${version.maxInput}.`,
      named,
    );
  }
  if (input.images > 0 && version.maxPerImage === null) {
    throw new DomainError('INVALID_REQUEST', 'This model takes no images.', named);
  }
  if (input.textTokens > version.maxInput) {
    throw new DomainError(
      'INVALID_REQUEST',
      `The input has about ${input.textTokens} tokens; this model takes at most ${version.maxInput}.`,
      named,
    );
  }
  return inputBound(input, version.tokenizerFactorBps, version.maxPerImage ?? 0);
}

function attempt<T>(decide: () => T): T | DomainError {
  try {
    return decide();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
