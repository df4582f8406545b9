// How this product's processes reach Temporal (DESIGN 7): a server of its own, or Temporal Cloud with an API key.
import type { Config } from '../config/config';
import { assert } from '../domain/errors';

/** For the SDK's core, which the worker polls through. */
export function nativeConnectionOptions({ address, apiKey }: Config['temporal']) {
  assert(address !== undefined, 'TEMPORAL_ADDRESS is not set');
  return { address, ...(apiKey === undefined ? {} : { apiKey, tls: true }) };
}

/** For a client, which starts, signals and updates. */
export function clientConnectionOptions(temporal: Config['temporal']) {
  return {
    ...nativeConnectionOptions(temporal),
    // After an outage gRPC would wait for up to two minutes before it looks again.
    channelArgs: {
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.min_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': 2_000,
    },
  };
}
