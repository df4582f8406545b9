// The rule that no level buys below cost (DESIGN 2.2), over the rows that a decision sees: the list price of a model
// against every enabled channel that offers it. Under the head's lock two operators cannot get around it together.
import { DomainError, assert } from '../../domain/errors';
import { checkPricesCoverCost, type PriceUnit, type TokenPrices } from '../../domain/pricing';
import type { View } from '../../ledger/command';
import {
  channelModelId,
  channelModels,
  channels,
  channelsOfModel,
  ownCostOf,
  type Channel,
  type ChannelModel,
} from './channels';

/**
 * Checks a list price against what one channel pays itself; the cost of the price version is checked at its birth.
 * @throws DomainError PRICE_BELOW_COST naming model, channel and kind of token.
 */
export function requireCoversOffer(list: TokenPrices, channel: Channel, offer: ChannelModel): void {
  const cost = ownCostOf(offer);
  if (!channel.enabled || offer.removedAt !== null || cost === null) return;
  try {
    checkPricesCoverCost(list, cost, offer.unit as PriceUnit);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new DomainError(
      error.code,
      `${error.message} The model is ${offer.modelId}, the channel ${channel.name}.`,
      { ...error.details, model: offer.modelId, channel: channel.name },
    );
  }
}

/**
 * Checks a list price against every enabled channel of the model.
 * @returns how many there are.
 * @throws DomainError PRICE_BELOW_COST
 */
export function requireCoversChannels(view: View, modelId: string, list: TokenPrices): number {
  const ids = view.row(channelsOfModel, modelId)?.ids ?? [];
  const offering = view.rows(channels, ids);
  const offers = view.rows(
    channelModels,
    ids.map((id) => channelModelId(id, modelId)),
  );
  let enabled = 0;
  for (const [i, channel] of offering.entries()) {
    const offer = offers[i];
    assert(channel && offer, 'a channel of the index exists');
    requireCoversOffer(list, channel, offer);
    if (channel.enabled) enabled++;
  }
  return enabled;
}
