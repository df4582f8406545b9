// What a channel offers (DESIGN 2.2): the models it serves, under which name and at which cost. Planned as a whole, so
// that rows, indexes and the rule on prices always go together.
import { DomainError, assert } from '../../domain/errors';
import type { TokenPrices } from '../../domain/pricing';
import { putRow, type RowWrite, type View } from '../../ledger/command';
import {
  channelModelId,
  channelModels,
  channelsOfModel,
  modelsOfChannel,
  ownCostOf,
  type Channel,
  type ChannelModel,
} from './channels';
import { currentVersion } from './price-changes';
import { requireCoversOffer } from './price-cover';
import { models } from './models';
import { listPricesOf, priceVersions, type PriceVersion } from './price-versions';

/** `isPerUnit`: of a model that is priced by another unit than tokens. */
export type OfferCost = TokenPrices & { readonly isPerUnit?: boolean };

export interface Offer {
  readonly modelId: string;
  /** What the upstream calls the model. */
  readonly upstreamId: string;
  /** null: the cost of the price version. */
  readonly cost: OfferCost | null;
}

export interface PlannedOffers {
  readonly rows: readonly RowWrite[];
  /** What the channel offers then. */
  readonly offers: readonly ChannelModel[];
}

/** What a channel offers now. */
export function readOffers(view: View, channelId: string): ChannelModel[] {
  const modelIds = view.row(modelsOfChannel, channelId)?.ids ?? [];
  const ids = modelIds.map((modelId) => channelModelId(channelId, modelId));
  return view.rows(channelModels, ids).map((offer) => {
    assert(offer, 'an offer of the index exists');
    return offer;
  });
}

export function toOffer(row: ChannelModel): Offer {
  const cost = ownCostOf(row);
  const isPerUnit = row.unit !== 'tokens';
  return { modelId: row.modelId, upstreamId: row.upstreamId, cost: cost && { ...cost, isPerUnit } };
}

function toRow(
  channelId: string,
  { modelId, upstreamId, cost }: Offer,
  { unit }: PriceVersion,
): ChannelModel {
  return {
    id: channelModelId(channelId, modelId),
    channelId,
    modelId,
    upstreamId,
    unit,
    costInput: cost?.input ?? null,
    costCachedInput: cost?.cachedInput ?? null,
    costCacheWrite: cost?.cacheWrite ?? null,
    costOutput: cost?.output ?? null,
    removedAt: null,
  };
}

/**
 * Plans that a channel offers these models and no others.
 * @param channel as it will be: only an enabled one must keep to the prices.
 * @throws DomainError INVALID_REQUEST for a model named twice, MODEL_NOT_FOUND, PRICE_BELOW_COST
 */
export function planOffers(view: View, channel: Channel, offers: readonly Offer[]): PlannedOffers {
  const modelIds = new Set(offers.map(({ modelId }) => modelId));
  if (modelIds.size < offers.length) {
    throw new DomainError('INVALID_REQUEST', 'A channel names each model once.');
  }
  const before = readOffers(view, channel.id);
  readTogether(view, [...modelIds, ...before.map(({ modelId }) => modelId)]);
  const after = offers.map((offer) => planOffer(view, channel, offer));

  const removed = before.filter(({ modelId }) => !modelIds.has(modelId));
  const known = new Set(before.map(({ modelId }) => modelId));
  const added = after.filter(({ modelId }) => !known.has(modelId));
  return {
    rows: [
      ...after.map((offer) => putRow(channelModels, offer)),
      ...removed.map((offer) => putRow(channelModels, { ...offer, removedAt: view.at })),
      putRow(modelsOfChannel, { key: channel.id, ids: [...modelIds] }),
      ...added.map(({ modelId }) => reindex(view, modelId, (ids) => [...ids, channel.id])),
      ...removed.map(({ modelId }) =>
        reindex(view, modelId, (ids) => ids.filter((id) => id !== channel.id)),
      ),
    ],
    offers: after,
  };
}

/** Asks for all that planning reads of the models, in as few turns as there are tables. */
function readTogether(view: View, modelIds: readonly string[]): void {
  const versionIds = view.rows(models, modelIds).flatMap((model) => model?.currentVersionId ?? []);
  view.rows(priceVersions, versionIds);
  view.rows(channelsOfModel, modelIds);
}

function planOffer(view: View, channel: Channel, offer: Offer): ChannelModel {
  const version = currentVersion(view, offer.modelId);
  if (!version) {
    throw new DomainError(
      'MODEL_NOT_FOUND',
      `There is no model ${offer.modelId}; give it a price first.`,
      { model: offer.modelId },
    );
  }
  const isPerUnit = version.unit !== 'tokens';
  if (offer.cost && (offer.cost.isPerUnit ?? false) !== isPerUnit) {
    throw new DomainError(
      'INVALID_REQUEST',
      `${offer.modelId} is priced by ${version.unit}: its cost is ${isPerUnit ? 'perUnit' : 'one of each kind of token'}.`,
      { model: offer.modelId },
    );
  }
  const row = toRow(channel.id, offer, version);
  requireCoversOffer(listPricesOf(version), channel, row);
  return row;
}

function reindex(
  view: View,
  modelId: string,
  change: (channelIds: readonly string[]) => readonly string[],
): RowWrite {
  const ids = view.row(channelsOfModel, modelId)?.ids ?? [];
  return putRow(channelsOfModel, { key: modelId, ids: change(ids) });
}
