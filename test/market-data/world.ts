// The exchange with an API in front of it, and its stream.
import { openStream, type Stream, type StreamLimits } from '../../api/stream/stream';
import { startApi, type SignedUp, type TestApi } from '../api/harness';
import { createWorld } from '../exchange/world';
import { StreamClient } from './stream-client';

export interface StreamApi {
  readonly api: TestApi;
  readonly stream: Stream;
  connect(headers?: Record<string, string>): Promise<StreamClient>;
  close(): Promise<void>;
}

export type StreamWorld = Awaited<ReturnType<typeof createStreamWorld>>;

export async function createStreamWorld(limits: Partial<StreamLimits> = {}) {
  const world = await createWorld();
  const opened: StreamApi[] = [];

  /** One more process, as it were. */
  async function openApi(over: Partial<StreamLimits> = limits): Promise<StreamApi> {
    const api = await startApi({}, {}, { reach: () => Promise.resolve(world.database.url) });
    const stream = openStream(api.context, over);
    api.server.on('upgrade', stream.handleUpgrade);
    const streamApi = {
      api,
      stream,
      connect: (headers?: Record<string, string>) => StreamClient.open(api.url, headers),
      async close() {
        await stream.close();
        await api.close();
      },
    };
    opened.push(streamApi);
    return streamApi;
  }

  const first = await openApi();
  return {
    ...world,
    ...first,
    openApi,

    /** Somebody with a key who can trade. */
    async signUpTrader(credits: string, lco = '0'): Promise<SignedUp> {
      const user = await first.api.signUp();
      await world.deposit(user.id, credits);
      await world.mine(user.id, lco);
      return user;
    },

    async close() {
      for (const each of opened) await each.close();
      await world.close();
    },
  };
}
