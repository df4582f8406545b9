// The exchange's page in a browser: an order placed, seen, crossed and cancelled, what its preview foretells, what is refused, and
// a book that is right again after the stream was cut or has lost something.
import { randomUUID } from 'node:crypto';
import type { Page, WebSocketRoute } from 'playwright-core';
import type { SignedUp } from '../api/harness';
import { createWorld, type World } from '../buybacks/world';
import { eventually } from '../market-data/stream-client';
import { fitsWidth, photograph, seriousFaults, type Visit } from './browser';
import { openConsole, type ConsoleWorld } from './console-world';

let world: World;
let console: ConsoleWorld;
let maker: SignedUp;
let trader: SignedUp;
let visit: Visit;
beforeAll(async () => {
  world = await createWorld();
  console = await openConsole({ reach: () => Promise.resolve(world.database.url) });
  [maker, trader] = [await console.api.signUp(), await console.api.signUp()];
  await world.mine(maker.id, '10000');
  await world.deposit(maker.id, '100');
  await world.deposit(trader.id, '100');
  await world.mark('0.05');
  visit = await console.open(trader);
});
/** Proves the books, too. */
afterAll(async () => {
  await console.close();
  await world.close();
});
afterEach(async () => {
  for (const { key } of [maker, trader]) {
    await console.api.send('DELETE', '/exchange/orders', { key });
  }
});

async function place(who: SignedUp, body: object) {
  const answer = await console.api.send('POST', '/exchange/orders', {
    key: who.key,
    body: { clientOrderId: randomUUID(), ...body },
  });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.as<{ order: { id: string } }>().order;
}
const ask = (price: string, quantity: string) =>
  place(maker, { side: 'sell', type: 'limit', price, quantity });

async function openExchange(): Promise<Visit> {
  await visit.page.goto('/exchange');
  await visit.page.getByText('live', { exact: true }).waitFor();
  return visit;
}

/** The rows of a table by their texts. */
async function rowsOf(page: Page, caption: string): Promise<string[][]> {
  const rows = await page.getByRole('table', { name: caption }).locator('tbody tr').all();
  return Promise.all(
    rows.map(async (row) =>
      (await row.locator('th, td').allInnerTexts()).map((text) =>
        text.replaceAll(/\s+/g, ' ').trim(),
      ),
    ),
  );
}

function seesLevels(page: Page, side: 'Asks' | 'Bids', expected: readonly (readonly string[])[]) {
  return eventually(async () => {
    const rows = (await rowsOf(page, side)).map(([price, quantity]) => [price, quantity]);
    return JSON.stringify(rows) === JSON.stringify(expected) ? true : undefined;
  });
}

async function ordersOf(status: 'open' | 'closed') {
  const answer = await console.api.send('GET', `/exchange/orders?status=${status}`, {
    key: trader.key,
  });
  return answer.as<{ items: Record<string, string>[] }>().items;
}

it('places a limit order, shows it in the book and among the open ones, and what comes of it', async () => {
  const { page, complaints } = await openExchange();
  await page.getByLabel('Price, Credits').fill('0.049');
  await page.getByLabel('Quantity, LCO').fill('10');
  const preview = page.getByRole('group', { name: 'Preview' });
  await preview.getByText('Rests in the book until somebody trades with it.').waitFor();
  await page.getByRole('button', { name: 'Buy LCO' }).click();
  await page.getByText('Buy order is open.').waitFor();
  await seesLevels(page, 'Bids', [['0.049000', '10.00']]);
  await page.getByRole('tab', { name: 'Open orders (1)' }).waitFor();
  const [row] = await rowsOf(page, 'Open orders');
  expect(row?.slice(1, -1)).toEqual([
    'Buy',
    'Limit, GTC',
    'none',
    '0.049000',
    '0 of 10',
    '0.49049 Credits',
  ]);
  expect(await ordersOf('open')).toMatchObject([
    { price: '0.049', quantity: '10', held: '0.49049' },
  ]);

  await place(maker, { side: 'sell', type: 'limit', price: '0.049', quantity: '4' });
  await page.getByText('4 of 10').waitFor();
  await page.getByText('LCO available').locator('..').getByText('4', { exact: true }).waitFor();
  await seesLevels(page, 'Bids', [['0.049000', '6.00']]);
  const [traded] = await rowsOf(page, 'Trades, newest first');
  expect(traded?.slice(0, 2)).toEqual([expect.stringMatching(/Sell 0\.049000$/), '4']);
  await page.getByRole('tab', { name: 'Fills' }).click();
  await page.getByRole('table', { name: 'Fills' }).waitFor();
  const [fill] = await rowsOf(page, 'Fills');
  expect(fill?.slice(1)).toEqual([
    'Buy',
    'maker',
    '0.049000',
    '4 LCO',
    '0.196 Credits',
    '0 Credits',
  ]);

  await page.getByRole('tab', { name: 'Open orders (1)' }).click();
  await page.getByRole('button', { name: 'Amend Buy 10 LCO at 0.049' }).click();
  const amend = page.locator('.amend');
  // Its form stands above the list, and whoever asked for it is in it.
  await amend.locator('input[name="price"]:focus').waitFor();
  await amend.getByLabel('Quantity, LCO (in all, filled included)').fill('3');
  await amend.getByRole('button', { name: 'Amend' }).click();
  await amend.getByText(/must be more than what is filled/).waitFor();
  // Whoever leaves it has read why, and is not told again.
  await amend.getByRole('button', { name: 'Leave it' }).click();
  await amend.waitFor({ state: 'detached' });
  expect(await page.getByRole('region', { name: 'What was refused' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Amend Buy 10 LCO at 0.049' }).click();
  await amend.getByLabel('Quantity, LCO (in all, filled included)').fill('8');
  await amend.getByRole('button', { name: 'Amend' }).click();
  await seesLevels(page, 'Bids', [['0.049000', '4.00']]);
  // One that spends an amount has nothing that could be amended.
  const stop = {
    side: 'buy',
    type: 'stop_loss',
    triggerPrice: '0.06',
    quoteQuantity: '1',
  } as const;
  await place(trader, stop);
  const spends = page.getByRole('row', { name: /Stop loss/ });
  await spends.getByRole('button', { name: /^Cancel/ }).waitFor();
  expect(await spends.getByRole('button', { name: /^Amend/ }).count()).toBe(0);
  await spends.getByRole('button', { name: /^Cancel/ }).press('Enter');
  // Its row goes, and the focus stays with the one that is left.
  await page.locator('button[aria-label="Amend Buy 8 LCO at 0.049"]:focus').waitFor();
  // Before, and so soon after the answer, it would be taken for a second press of the first.
  const last = { name: 'Cancel Buy 8 LCO at 0.049', disabled: false };
  await page.getByRole('button', last).waitFor();
  await page.waitForTimeout(800);
  await page.getByRole('button', last).click();
  await page.getByText('You have no open orders.').waitFor();
  await page.getByText('Nobody is buying.').waitFor();
  await page.getByRole('tab', { name: 'Order history' }).click();
  await page.getByRole('table', { name: 'Order history' }).waitFor();
  expect((await rowsOf(page, 'Order history'))[0]?.at(-1)).toContain('cancelled: you cancelled it');
  expect(complaints).toEqual([]);
});

it('cancels one order however often its button is pressed, though the next one comes below the pointer', async () => {
  for (const price of ['0.041', '0.042', '0.043']) {
    await place(trader, { side: 'buy', type: 'limit', price, quantity: '1' });
  }
  const { page } = await openExchange();
  const cancel = page.getByRole('button', { name: /^Cancel Buy 1 LCO/ });
  await cancel.nth(2).waitFor();
  // However slow the browser is here: at once.
  await page.clock.setFixedTime(Date.now());
  await cancel.first().dblclick({ delay: 60 });
  await cancel.nth(2).waitFor({ state: 'detached' });
  await page.waitForTimeout(500);
  expect(await cancel.count()).toBe(2);
  await page.getByRole('button', { name: 'Cancel all' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await page.getByText('You have no open orders.').waitFor();
});

it('foretells exactly what an order then does', async () => {
  await ask('0.05', '10');
  await ask('0.054', '10');
  const { page, complaints } = await openExchange();
  await page.getByLabel('Type').selectOption('Market');
  await page.getByLabel('Spend, Credits (fee included)').fill('0.9');
  const preview = page.getByRole('group', { name: 'Preview' });
  await preview.getByText(/17\.39 LCO trade at once: it is filled/).waitFor();
  const fact = (name: string) =>
    preview.locator('dl > div', { hasText: name }).locator('dd').innerText();
  const foretold = await Promise.all(['Average price', 'Value traded', 'Fee'].map(fact));
  expect(await fact('vs best price')).toBe('3.40% worse');
  await photograph(page, 'exchange-preview');
  // The book moves: what is foretold moves with it.
  await ask('0.0495', '1');
  await preview.getByText(/17\.39 LCO trade at once/).waitFor({ state: 'detached' });
  await preview.getByText(/17\.47 LCO trade at once/).waitFor();
  await console.api.send('DELETE', '/exchange/orders', { key: maker.key });
  await ask('0.05', '10');
  await ask('0.054', '10');
  await preview.getByText(/17\.39 LCO trade at once/).waitFor();
  await page.getByRole('button', { name: 'Buy LCO' }).click();
  await page.getByText(/Buy order filled: 17\.39 LCO at/).waitFor();
  const [order] = await ordersOf('closed');
  expect(foretold.map((text) => text.split(/\s/)[0])).toEqual([
    order?.['averagePrice'],
    order?.['filledNotional'],
    order?.['fee'],
  ]);
  expect(complaints).toEqual([]);
});

it('takes a price from the book, and says at its field why an order is refused', async () => {
  await ask('0.051', '7');
  const { page, complaints } = await openExchange();
  await page.getByLabel('Type').selectOption('Market');
  await page.getByRole('button', { name: 'Take the price 0.051000' }).click();
  expect(await page.getByLabel('Price, Credits').inputValue()).toBe('0.051000');
  await page.getByRole('button', { name: '100% of the Credits available' }).click();
  expect(Number(await page.getByLabel('Quantity, LCO').inputValue())).toBeGreaterThan(1_900);
  const preview = page.getByRole('group', { name: 'Preview' });
  await preview.getByText(/7 LCO trade at once, .* LCO rest in the book/).waitFor();

  await page.getByLabel('Price, Credits').fill('0.0000001');
  await preview.getByText(/It would be refused: price/).waitFor();
  await page.getByRole('button', { name: 'Buy LCO' }).click();
  const field = page.locator('.order-ticket .field', { has: page.getByLabel('Price, Credits') });
  await field.getByText(/whole number of ticks/).waitFor();
  expect(await page.getByLabel('Price, Credits').getAttribute('aria-invalid')).toBe('true');
  await photograph(page, 'exchange-refused');

  await page.getByLabel('Price, Credits').fill('0.051');
  await page.getByText('Post-only').click();
  await preview.getByText(/post-only order must not match at once/).waitFor();
  await page.getByRole('button', { name: 'Buy LCO' }).click();
  await page
    .locator('.order-ticket')
    .getByRole('alert')
    .getByText(/post-only/)
    .waitFor();
  await page.getByText('Post-only: refused').click();
  await page.getByLabel('Quantity, LCO').fill('1000000');
  await preview.getByText('Not enough').waitFor();
  expect(await ordersOf('open')).toEqual([]);
  expect(complaints).toEqual([]);
});

it('has the book right again after the stream was cut, and after it lost a message', async () => {
  await ask('0.051', '7');
  const { page, complaints } = visit;
  const loses = { next: false, said: [] as string[] };
  await page.routeWebSocket(/\/api\/v1\/stream/, (route: WebSocketRoute) => {
    const server = route.connectToServer();
    route.onMessage((message) => {
      loses.said.push(String(message));
      server.send(message);
    });
    server.onMessage((message) => {
      if (loses.next && String(message).includes('book.diff')) loses.next = false;
      else route.send(message);
    });
  });
  await page.goto('/exchange');
  await seesLevels(page, 'Asks', [['0.051000', '7.00']]);

  loses.next = true;
  await ask('0.052', '1');
  await eventually(() => (loses.next ? undefined : true));
  expect(await rowsOf(page, 'Asks')).toHaveLength(1);
  await ask('0.053', '2');
  await seesLevels(page, 'Asks', [
    ['0.053000', '2.00'],
    ['0.052000', '1.00'],
    ['0.051000', '7.00'],
  ]);
  expect(loses.said.filter((text) => text.includes('resync'))).toHaveLength(1);

  await console.restartStream();
  await console.api.send('DELETE', '/exchange/orders', { key: maker.key });
  await ask('0.0515', '5');
  await seesLevels(page, 'Asks', [['0.051500', '5.00']]);
  await page.getByText('live', { exact: true }).waitFor();
  await place(trader, { side: 'buy', type: 'market', quantity: '2' });
  await seesLevels(page, 'Asks', [['0.051500', '3.00']]);
  const [traded] = await rowsOf(page, 'Trades, newest first');
  expect(traded?.[0]).toMatch(/Buy 0\.051500$/);
  // The browser itself says that the connection was lost.
  expect(complaints.filter((text) => !text.includes('WebSocket connection'))).toEqual([]);
});

it('marks what the platform bought back, draws candles of any interval, and follows light and dark', async () => {
  await world.sell('0.05');
  const { page, complaints } = await openExchange();
  await world.mark('0.05');
  await world.runExtra();
  const bought = await console.api.send('GET', '/exchange/trades?source=buyback&limit=1');
  expect(bought.json).toMatchObject({ items: [{ source: 'buyback', side: 'buy' }] });
  await page.locator('.trades').getByText('buyback').first().waitFor();
  const chart = page.getByRole('img', { name: /^Candlestick chart with volume/ });
  await chart.waitFor();
  for (const interval of ['1m', '1w', '1h']) {
    await page.locator(`.chart label[data-value="${interval}"]`).click();
    await page.getByRole('img', { name: new RegExp(`candles of ${interval} from`) }).waitFor();
  }
  // Days are those of UTC, also where it is still the day before.
  const elsewhere = await console.open(trader, { timezoneId: 'Pacific/Honolulu' });
  await elsewhere.page.goto('/exchange');
  await elsewhere.page.locator('.chart label[data-value="1d"]').click();
  const day = new Date().toLocaleDateString('en-US', { dateStyle: 'medium', timeZone: 'UTC' });
  await elsewhere.page.getByRole('img', { name: `candles of 1d from ${day} to ${day}.` }).waitFor();
  await elsewhere.context.close();
  const corner = () =>
    chart
      .locator('canvas')
      .first()
      .evaluate((canvas) => {
        const context = (canvas as unknown as { getContext(kind: '2d'): Canvas }).getContext('2d');
        return [...context.getImageData(2, 2, 1, 1).data].slice(0, 3);
      });
  const light = await corner();
  await page.emulateMedia({ colorScheme: 'dark' });
  await eventually(async () => (String(await corner()) === String(light) ? undefined : true));
  expect(await seriousFaults(page)).toEqual([]);
  expect(await fitsWidth(page)).toBe(true);
  await photograph(page, 'exchange-buyback');
  expect(complaints).toEqual([]);
});

interface Canvas {
  getImageData(x: number, y: number, w: number, h: number): { readonly data: Iterable<number> };
}
