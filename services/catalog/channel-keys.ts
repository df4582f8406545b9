// A channel's key in the clear (DESIGN 2.2): of an environment variable that it names, or of what was sealed in its row.
import type { Config } from '../../config/config';
import type { Channel } from './channels';
import { createSealer, SealError, type Sealer } from './sealing';

export interface ChannelKeys {
  /** undefined: channels with a sealed key cannot be used. */
  readonly sealer: Sealer | undefined;
  /** Values of the environment variables that channels may name for their key. */
  readonly environmentKeys: Readonly<Record<string, string | undefined>>;
}

export function channelKeysOf({
  masterKey,
  upstream,
}: Pick<Config, 'masterKey' | 'upstream'>): ChannelKeys {
  return {
    sealer: masterKey && createSealer(masterKey),
    environmentKeys: { UPSTREAM_API_KEY: upstream.apiKey },
  };
}

/** null: the channel has none. @throws SealError when it cannot be opened */
export function openChannelKey(
  { id, keyEnv, keySealed }: Pick<Channel, 'id' | 'keyEnv' | 'keySealed'>,
  { sealer, environmentKeys }: ChannelKeys,
): string | null {
  if (keyEnv !== null) return environmentKeys[keyEnv] ?? null;
  if (keySealed === null) return null;
  if (!sealer) throw new SealError('MASTER_KEY is not set');
  return sealer.open(keySealed, id);
}
