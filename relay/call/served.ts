// Where a model is served: its channels speak one protocol or the other, and a call can only go to those of its own.
import { DomainError } from '../../domain/errors';
import type { CatalogChannel, CatalogModel } from '../../services/catalog/catalog';
import type { ChannelKind } from '../../services/catalog/channels';

/** The endpoint to send a conversation to, by the protocol of the channels. */
const endpoints: Record<ChannelKind, string> = {
  openai: '/v1/chat/completions',
  anthropic: '/v1/messages',
};

/**
 * The channels of a model that speak a protocol; none where nobody serves the model at the moment.
 * @throws DomainError MODEL_NOT_FOUND where it is served by the other protocol alone; the message names the endpoint.
 */
export function requireChannels(
  { id, channels }: CatalogModel,
  kind: ChannelKind,
): readonly CatalogChannel[] {
  const ours = channels.filter((channel) => channel.kind === kind);
  const [other] = channels;
  if (ours.length > 0 || !other) return ours;
  throw new DomainError(
    'MODEL_NOT_FOUND',
    `The model '${id}' is not served at this endpoint. Did you mean ${endpoints[other.kind]}?`,
    { param: 'model' },
  );
}
