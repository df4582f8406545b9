// New price versions (DESIGN 2.2): an operator puts one in force, unless the deepest discount would then sell below
// its own cost or that of an enabled channel.
import { assert, DomainError } from '../../domain/errors';
import type { Variants } from '../../domain/price-variants';
import { checkPricesCoverCost, type PriceUnit, type TokenPrices } from '../../domain/pricing';
import { requireReason } from '../../domain/text';
import type { Tokenizer } from '../../domain/tokenizers';
import { putRow, rowKey, type Command, type Decision, type View } from '../../ledger/command';
import { auditAct } from '../identity/audit-log';
import { channelsOfModel } from './channels';
import { catalogChanged, modelIdPattern, models, type Model, type ModelAccess } from './models';
import { requireCoversChannels } from './price-cover';
import {
  priceVersionId,
  priceVersions,
  type PricesText,
  type PriceVersion,
} from './price-versions';
import { presentModel, type OperatedModel } from './priced-models';
import { requireOperator, userStates } from '../identity/user-state';

/** What an operator says of a model and its price. */
export interface PriceTerms {
  readonly modelId: string;
  readonly access: ModelAccess;
  /** Absent: tokens. It never changes. */
  readonly unit?: PriceUnit;
  readonly list: TokenPrices;
  readonly cost: TokenPrices;
  /** Tokens. */
  readonly maxInput: number;
  readonly maxOutput: number;
  /** null: the model takes no images. */
  readonly maxPerImage: number | null;
  /** Absent or null: whatever is asked for takes one unit. */
  readonly variants?: Variants | null;
  readonly hidesOutput: boolean;
  readonly tokenizer: Tokenizer | null;
  readonly tokenizerFactorBps: number;
}

export interface AddPriceVersion extends PriceTerms {
  /** null: the set-up itself. */
  readonly operatorId: string | null;
  readonly reason: string | null;
  readonly requestId: string;
}

function newVersion(view: View, terms: AddPriceVersion, version: number): PriceVersion {
  return {
    id: priceVersionId(terms.modelId, version),
    modelId: terms.modelId,
    version,
    unit: terms.unit ?? 'tokens',
    listInput: terms.list.input,
    listCachedInput: terms.list.cachedInput,
    listCacheWrite: terms.list.cacheWrite,
    listOutput: terms.list.output,
    costInput: terms.cost.input,
    costCachedInput: terms.cost.cachedInput,
    costCacheWrite: terms.cost.cacheWrite,
    costOutput: terms.cost.output,
    maxInput: terms.maxInput,
    maxOutput: terms.maxOutput,
    maxPerImage: terms.maxPerImage,
    variants: terms.variants ?? null,
    hidesOutput: terms.hidesOutput,
    tokenizer: terms.tokenizer,
    tokenizerFactorBps: terms.tokenizerFactorBps,
    createdAt: view.at,
    createdBy: terms.operatorId,
    reason: terms.reason,
  };
}

/** The price version in force; undefined for a model that does not exist. */
export function currentVersion(view: View, modelId: string): PriceVersion | undefined {
  const model = view.row(models, modelId);
  return model && view.row(priceVersions, model.currentVersionId);
}

/** Text for the audit log. */
function describePrices(prices: PricesText): string {
  if ('perUnit' in prices) return `${prices.perUnit} a unit`;
  const { input, cachedInput, cacheWrite, output } = prices;
  return `input ${input}, cachedInput ${cachedInput}, cacheWrite ${cacheWrite ?? 'as input'}, output ${output}`;
}

/**
 * Puts a model's next price version in force, its first one with the model itself. It clears the model's flag: to
 * look at the limits is what the flag asks for.
 * @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, PRICE_BELOW_COST
 */
export const addPriceVersion: Command<AddPriceVersion, OperatedModel> = {
  kind: 'add_price_version',
  keys: ({ operatorId, modelId }) => ({
    rows: [
      rowKey(models, modelId),
      rowKey(channelsOfModel, modelId),
      ...(operatorId === null ? [] : [rowKey(userStates, operatorId)]),
    ],
  }),
  decide(view, input) {
    if (input.operatorId !== null) requireOperator(view, input.operatorId);
    if (input.reason !== null) requireReason(input.reason);
    assert(modelIdPattern.test(input.modelId), 'the id of a model has its form');
    checkPricesCoverCost(input.list, input.cost, input.unit);
    const enabledChannels = requireCoversChannels(view, input.modelId, input.list);
    const before = currentVersion(view, input.modelId);
    requireSameUnit(before, input.unit ?? 'tokens');
    const version = newVersion(view, input, (before?.version ?? 0) + 1);
    const model: Model = {
      id: input.modelId,
      currentVersionId: version.id,
      access: input.access,
      flaggedAt: null,
      flaggedReason: null,
    };
    return putInForce(view, input, model, version, enabledChannels);
  },
};

/** Quotas, and what channels pay, are counted in it. */
function requireSameUnit(before: PriceVersion | undefined, unit: PriceUnit): void {
  if (!before || before.unit === unit) return;
  throw new DomainError('INVALID_REQUEST', `The model is priced by ${before.unit} for ever.`, {
    param: 'unit',
  });
}

function putInForce(
  view: View,
  { operatorId, reason, requestId }: AddPriceVersion,
  model: Model,
  version: PriceVersion,
  enabledChannels: number,
): Decision<OperatedModel> {
  const result = presentModel(model, version, enabledChannels);
  const logged = auditAct(view.at, {
    operatorId,
    action: 'model.price',
    subjectKind: 'model',
    subjectId: model.id,
    reason,
    details: {
      version: version.id,
      access: model.access,
      list: describePrices(result.list),
      cost: describePrices(result.cost),
    },
    requestId,
  });
  return {
    rows: [putRow(models, model), putRow(priceVersions, version), logged],
    feed: [catalogChanged],
    result,
  };
}
