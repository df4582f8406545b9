// The one connection that pages follow the stream by: what it may send, and what becomes of it when it is refused or silent.
import type { Page, WebSocketRoute } from 'playwright-core';
import type { SignedUp } from '../api/harness';
import { createStreamWorld, type StreamWorld } from '../market-data/world';
import { eventually } from '../workflows/support';
import { openConsole, type ConsoleWorld } from './console-world';

let market: StreamWorld;
let world: ConsoleWorld & { close(): Promise<void> };
let user: SignedUp;
beforeAll(async () => {
  market = await createStreamWorld();
  user = await market.signUpTrader('1', '50');
  world = await openConsole({ reach: () => Promise.resolve(market.database.url) });
});
/** Proves the books, too. */
afterAll(async () => {
  await world.close();
  await market.close();
});

/** Passes everything on but what is `refused`. @returns what the page said, each connection in its own list */
async function listen(page: Page, isRefused: (said: string) => boolean): Promise<string[][]> {
  const connections: string[][] = [];
  await page.routeWebSocket(/\/api\/v1\/stream/, (route: WebSocketRoute) => {
    const said: string[] = [];
    connections.push(said);
    const server = route.connectToServer();
    route.onMessage((message) => {
      const text = String(message);
      said.push(text);
      if (!isRefused(text)) return server.send(message);
      route.send(JSON.stringify({ type: 'error', code: 'RATE_LIMITED', message: 'Wait.' }));
    });
  });
  return connections;
}

const bookIsThere = (page: Page) => page.getByText('Nobody is selling.').waitFor();
const isLive = (page: Page) => page.getByText('live', { exact: true }).waitFor();
const open = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();

/** Lets the page write down what it says on the stream, and when by its own clock. */
const noteSaid = `
  globalThis.said = [];
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (text) {
    said.push({ text, at: performance.now() });
    send.call(this, text);
  };`;

it('hops from page to page, and through all intervals, far below what a client may send', async () => {
  const { page } = await world.open(user);
  await page.addInitScript({ content: noteSaid });
  let connections = 0;
  page.on('websocket', () => connections++);
  await page.goto('/wallet');
  await isLive(page);
  for (let round = 0; round < 8; round++) {
    await open(page, 'Exchange');
    await page.getByRole('heading', { level: 1, name: 'Exchange' }).waitFor();
    await open(page, 'Wallet');
    await page.getByRole('heading', { level: 1, name: 'Wallet' }).waitFor();
  }
  await open(page, 'Exchange');
  await bookIsThere(page);
  const interval = page.getByRole('radio', { name: '1h', exact: true });
  await interval.focus();
  for (let press = 0; press < 60; press++) await page.keyboard.press('ArrowRight');
  await page.waitForTimeout(3_000);
  // It follows what is shown, and no more.
  const said = await eventually(async () => {
    const all = await page.evaluate<{ text: string; at: number }[]>('said');
    const last = all.filter(({ text }) => !text.includes('"ping"')).at(-1);
    return last?.text.includes('"unsubscribe"') && all;
  });
  const within10s = said.map(
    ({ at: from }) => said.filter(({ at }) => at >= from && at < from + 10_000).length,
  );
  expect(Math.max(...within10s)).toBeLessThan(60);
  expect(connections).toBe(1);
});

it('comes back when it was refused, and says so until it follows again', async () => {
  const { page } = await world.open(user);
  let refusals = 2;
  const connections = await listen(
    page,
    (said) => said.includes('"book"') && said.includes('"subscribe"') && refusals-- > 0,
  );
  await page.goto('/wallet');
  await isLive(page);
  await open(page, 'Exchange');
  await page.getByText('connection lost, trying again …').waitFor();
  await bookIsThere(page);
  await isLive(page);
  expect(connections).toHaveLength(3);
});

it('outlives a minute in which the browser wakes no timer', async () => {
  const { page } = await world.open(user);
  const connections = await listen(page, () => false);
  await page.clock.install();
  await page.goto('/wallet');
  await isLive(page);
  const pings = () => connections.flat().filter((said) => said.includes('"ping"')).length;
  for (let minute = 1; minute <= 2; minute++) {
    await page.clock.fastForward(60_000);
    await eventually(async () => pings() >= minute);
    await page.waitForTimeout(500);
    expect(pings()).toBe(minute);
  }
  expect(connections).toHaveLength(1);
});
