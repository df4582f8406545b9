// The console as an API serves it, with its stream, and a browser before it.
import type { BrowserContextOptions } from 'playwright-core';
import { Registry } from 'prom-client';
import { openStream } from '../../api/stream/stream';
import { startApi, type TestApi } from '../api/harness';
import { openBrowser, signIn, visit, type Person, type Visit } from './browser';

export type ConsoleWorld = Awaited<ReturnType<typeof openConsoleOf>>;

/** Before an API that somebody else has started, and closes after this. */
export async function openConsoleOf(api: TestApi) {
  const browser = await openBrowser();
  let stream = openStream(api.context);
  api.server.on('upgrade', stream.handleUpgrade);
  return {
    api,
    browser,
    visit: (options?: BrowserContextOptions) => visit(browser, api.url, options),

    /** A browser of its own for somebody, signed in, on no page yet. */
    async open(person: Person, options?: BrowserContextOptions): Promise<Visit> {
      const visited = await visit(browser, api.url, options);
      await signIn(visited, person);
      return visited;
    },

    /** Ends all connections of the stream, and lets new ones come. */
    async restartStream(): Promise<void> {
      const ended = stream;
      // Its figures have their names already.
      stream = openStream({ ...api.context, metrics: new Registry() });
      api.server.off('upgrade', ended.handleUpgrade);
      api.server.on('upgrade', stream.handleUpgrade);
      await ended.close();
    },

    async close(): Promise<void> {
      await browser.close();
      await stream.close();
    },
  };
}

/**
 * @param parts what `startApi` takes: a database that somebody else fills, a relay.
 * @param env of the API
 */
export async function openConsole(
  parts: Parameters<typeof startApi>[2] = {},
  env: Parameters<typeof startApi>[0] = {},
) {
  const api = await startApi(env, {}, parts);
  const opened = await openConsoleOf(api);
  return {
    ...opened,
    async close(): Promise<void> {
      await opened.close();
      await api.close();
    },
  };
}
