// All of the demo's live traders (DESIGN 7), each at its own pace.
import type { Logger } from 'pino';
import { createApiClient } from './api-client';
import { createCaller } from './caller';
import { demoUsers, type DemoRole } from './cast';
import { createMaker } from './maker';
import { keepActing, type Pace } from './pace';
import { Random } from './random';
import { createTaker } from './taker';

export interface TradersOptions {
  readonly baseUrl: string;
  /** Keys by handle; who has none stays away. */
  readonly keyOf: (handle: string) => string | undefined;
  readonly seed: number;
  readonly logger: Logger;
}

export interface Traders {
  /** Ends what is under way; orders stay in the book, for whoever comes next to amend. */
  stop(): Promise<void>;
}

const pauses: Readonly<Record<Exclude<DemoRole, 'lender'>, Pace['pauseMs']>> = {
  maker: [4_000, 7_000],
  trader: [5_000, 11_000],
  whale: [20_000, 60_000],
  caller: [40_000, 80_000],
};

export function startTraders({ baseUrl, keyOf, seed, logger }: TradersOptions): Traders {
  const stopping = new AbortController();
  const stopped = stopping.signal;
  let makers = 0;
  const running = demoUsers.flatMap(({ handle, role }, index) => {
    const key = keyOf(handle);
    // A lender has nothing to do but wait.
    if (key === undefined || role === 'lender') return [];
    const random = new Random(seed + index);
    const api = createApiClient(baseUrl, key, stopped);
    const act =
      role === 'maker'
        ? createMaker({ api, random, width: 1 + 0.25 * makers++ })
        : role === 'caller'
          ? createCaller(api, random)
          : createTaker(api, random);
    return [keepActing({ name: handle, pauseMs: pauses[role], act, random, logger, stopped })];
  });
  logger.info({ traders: running.length }, 'trading');
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
