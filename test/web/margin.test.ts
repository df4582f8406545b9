// The margin page in a real browser: a position from its quote to its end, lending, and a liquidation as it is shown.
import { Decimal } from 'decimal.js';
import type { Locator, Page } from 'playwright-core';
import type { Position } from '../../services/margin/position-views';
import type { SignedUp } from '../api/harness';
import { createMarginWorld, prices, thinBook, type MarginWorld } from '../workflows/margin-world';
import { expectStatus } from '../workflows/support';
import { fitsWidth, photograph, seriousFaults } from './browser';
import { openConsole, type ConsoleWorld } from './console-world';

let world: MarginWorld;
let site: ConsoleWorld;
beforeAll(async () => {
  world = await createMarginWorld();
  site = await openConsole({ reach: () => Promise.resolve(world.config.databaseUrl ?? '') });
});
afterAll(async () => {
  await site.close();
  await world.close();
});
beforeEach(() => world.jump(prices.start));

async function signUp(credits: string): Promise<SignedUp> {
  const user = await site.api.signUp();
  await world.market.deposit(user.id, credits);
  return user;
}

async function openPage(user: SignedUp, options = {}) {
  const visit = await site.open(user, options);
  await visit.page.goto('/margin');
  await visit.page.getByLabel('Collateral, Credits').waitFor();
  return visit;
}

const read = async <Body>(user: SignedUp, path: string): Promise<Body> =>
  expectStatus(await site.api.send('GET', path, { key: user.key }), 200).as<Body>();
const positionsOf = async (user: SignedUp, status: 'open' | 'closed') =>
  (await read<{ items: Position[] }>(user, `/margin/positions?status=${status}`)).items;
const region = (page: Page, name: string | RegExp) => page.getByRole('region', { name }).first();
const fact = (within: Locator, name: string) =>
  within.locator('dl > div').filter({ has: within.page().getByText(name, { exact: true }) });
/** As it is shown. */
const priceText = (price: string | null) => `${new Decimal(price ?? 0).toFixed(6)} Credits`;

async function quoted(page: Page, exposure: string): Promise<Locator> {
  const quote = region(page, 'Before you open it');
  await fact(quote, 'Exposure').getByText(`${exposure} Credits`, { exact: true }).waitFor();
  await quote.locator('.quote:not([data-behind])').waitFor();
  return quote;
}

it('a long is quoted, opened as it was quoted, kept, and closed in two steps', async () => {
  const ann = await signUp('1000');
  const { page, context, complaints } = await openPage(ann);
  await page.getByLabel('Collateral, Credits').fill('100');
  const slider = page.getByRole('slider', { name: 'Leverage slider' });
  const leverage = page.getByRole('textbox', { name: 'Leverage' });
  await slider.press('End');
  expect(await leverage.inputValue()).toBe('5');
  await leverage.fill('3');
  expect(await slider.inputValue()).toBe('3');
  await slider.press('ArrowRight');
  expect(await leverage.inputValue()).toBe('3.01');
  await slider.press('ArrowLeft');

  const quote = await quoted(page, '300');
  const foretold = await fact(quote, 'Liquidation price').locator('.amount').textContent();
  await quote
    .getByText(/below the mark/)
    .first()
    .waitFor();
  await quote.getByText('safe (liquidated below 10%)').waitFor();
  await page.getByRole('button', { name: 'Open long 3x' }).click();
  const card = region(page, /^Long 3x/);
  await card.waitFor();
  const [position] = await positionsOf(ann, 'open');
  expect(position).toMatchObject({ side: 'long', leverage: '3', paidIn: '100' });
  expect(foretold).toBe(priceText(position?.liquidationPrice ?? null));
  expect(await fact(card, 'Liquidation price').locator('.amount').textContent()).toBe(foretold);

  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await card.getByRole('button', { name: /^Copy / }).click();
  await card.getByRole('status').getByText('copied', { exact: true }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(position?.id);

  await card.getByText('Collateral', { exact: true }).click();
  await card.getByLabel('Credits').fill('20');
  await card.getByRole('button', { name: 'Add collateral' }).click();
  await fact(card, 'Put in').getByText('120 Credits').waitFor();
  await card.getByText('Added: 20 Credits.').waitFor();
  await card.getByText('Take out', { exact: true }).click();
  await card.getByLabel('Credits').fill('90');
  await card.getByRole('button', { name: 'Take collateral out' }).click();
  await card
    .getByRole('alert')
    .getByText(/margin ratio .* would be too low/)
    .waitFor();

  await card.getByText('Stop loss and take profit').first().click();
  // Whoever opens another part has read why, and is not told again.
  await card.getByLabel('Credits').waitFor({ state: 'detached' });
  expect(await page.getByRole('region', { name: 'What was refused' }).count()).toBe(0);
  await card.getByLabel(/^Stop loss/).fill('0.11');
  await card.getByRole('button', { name: 'Save both' }).click();
  await card
    .getByText(/stop loss|stopLoss/i)
    .filter({ hasText: /below the mark/ })
    .waitFor();
  await card.getByLabel(/^Stop loss/).fill('0.09');
  await card.getByRole('button', { name: 'Save both' }).click();
  await fact(card, 'Stop loss').getByText('0.090000 Credits').waitFor();
  expect((await positionsOf(ann, 'open'))[0]).toMatchObject({ stopLoss: '0.09', paidIn: '120' });
  await photograph(page, 'margin-position');
  expect(await seriousFaults(page)).toEqual([]);

  await card.getByText('Close it').click();
  await card.getByRole('button', { name: '50%', exact: true }).click();
  await card.getByRole('button', { name: 'Close 50%' }).click();
  await card.getByRole('button', { name: 'Yes, close' }).click();
  await card.getByText(/^Closed .* LCO\.$/).waitFor();
  await card.getByText('History', { exact: true }).click();
  await card.getByRole('rowheader', { name: 'Closed in part' }).waitFor();
  await card.getByText('Close it').click();
  await card.getByRole('button', { name: 'Close 100%' }).click();
  await card.getByRole('button', { name: 'Yes, close' }).click();

  const closed = region(page, 'Closed positions');
  await closed.getByRole('row', { name: /Long 3x.*By you/ }).waitFor();
  await page.getByText('You have no open position.').waitFor();
  const [over] = await positionsOf(ann, 'closed');
  const left = new Decimal(1000).minus(120).plus(over?.paidOut ?? 0);
  const available = await world.market.availableOf(ann.id, 'CREDIT');
  expect(available).toBe(left.toFixed());
  await page.locator('.margin-ticket').getByText(`${available} Credits`, { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

it('what would be refused is said before, and where it is sent, in the API’s words', async () => {
  const bob = await signUp('3000');
  const { page, complaints } = await openPage(bob);
  const quote = region(page, 'Before you open it');
  const ask = async (collateral: string, leverage: string) => {
    await page.getByLabel('Collateral, Credits').fill(collateral);
    await page.getByRole('textbox', { name: 'Leverage' }).fill(leverage);
  };
  await ask('5', '2');
  const said = quote.getByText('collateral: must be at least 10 Credits.');
  await said.waitFor();
  // It stays where it is, however often it is asked again, and is read out once, quietly.
  const notice = await quote.getByRole('status').elementHandle();
  for (let round = 0; round < 2; round++) {
    await page.waitForResponse('**/positions/quote');
    expect(await notice?.isVisible()).toBe(true);
  }
  await ask('2000', '5');
  await quote.getByText(/^The book is not deep enough|^The lending pool has not/).waitFor();
  await page.getByText('Short', { exact: true }).click();
  await quote.getByText(/deep enough|lending pool|cannot be traded/).waitFor();
  await ask('20', '5.01');
  await quote.getByText(/above 1 and at most 5/).waitFor();
  await page.getByRole('button', { name: 'Open short 5.01x' }).click();
  await page
    .locator('.margin-ticket form')
    .getByText(/above 1 and at most 5/)
    .waitFor();
  await page.getByLabel(/^Max slippage/).fill('3');
  await page.getByRole('button', { name: /^Open short/ }).click();
  await page
    .locator('.margin-ticket form')
    .getByText(/from 1 to 200: hundredths of a percent, so up to 2%/)
    .waitFor();
  await page.getByLabel(/^Max slippage/).fill('1');
  await ask('5', '2');
  await page.getByRole('button', { name: 'Open short 2x' }).click();
  await page
    .locator('.margin-ticket form')
    .getByRole('alert')
    .getByText('collateral: must be at least 10 Credits.')
    .waitFor();
  expect(await positionsOf(bob, 'open')).toEqual([]);
  expect(complaints).toEqual([]);
});

it('a supply goes in, is seen, and comes back, all of it', async () => {
  const carl = await signUp('500');
  const { page, complaints } = await openPage(carl);
  const pool = region(page, 'Lending pool of Credits');
  const [supply, withdraw] = [
    pool.locator('form').filter({ hasText: 'Supply Credits' }),
    pool.locator('form').filter({ hasText: 'Withdraw Credits' }),
  ];
  await supply.getByLabel('Credits').fill('500.01');
  await supply.getByRole('button', { name: 'Supply' }).click();
  await supply.getByRole('alert').getByText('There is not that much CREDIT.').waitFor();
  await supply.getByLabel('Credits').fill('200');
  await supply.getByRole('button', { name: 'Supply' }).click();
  await withdraw.waitFor();
  const { items } = await read<{ items: { claim: string }[] }>(carl, '/margin/supplies');
  expect(Number(items[0]?.claim)).toBeCloseTo(200, 4);
  expect(await fact(pool, 'Your supply').locator('.amount').textContent()).toMatch(/^(200|199\.9)/);
  // What is not known is not said to be nothing.
  const refused = { status: 403, json: { title: 'Not now' } };
  for (const path of ['supplies', 'losses?*']) {
    await page.route(`**/margin/${path}`, (route) => route.fulfill(refused));
  }
  await page.reload();
  await page.getByRole('alert').filter({ hasText: 'Not now' }).nth(1).waitFor();
  expect(await fact(pool, 'Your supply').locator('dd').textContent()).toBe('…');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await withdraw.getByLabel('Credits').fill('0');
  await withdraw.getByRole('button', { name: 'Withdraw', exact: true }).click();
  await withdraw.getByText('must be more than 0').waitFor();
  await withdraw.getByRole('button', { name: 'Withdraw all' }).click();
  await withdraw.waitFor({ state: 'detached' });
  expect(Number(await world.market.availableOf(carl.id, 'CREDIT'))).toBeCloseTo(500, 4);
  expect(complaints).toEqual([]);
});

it('a position that nobody takes becomes the risk reserve’s, and its owner is told', async () => {
  await world.endowReserve('116');
  const fay = await signUp('1000');
  const { id } = await world.market.open(fay.id, { side: 'short' });
  const { page, complaints } = await openPage(fay);
  // As browsers have it on pages without TLS.
  await page.addInitScript("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
  await page.reload();
  const card = region(page, /^Short 5x/);
  await card.getByText('Close it').waitFor();
  expect(await card.getByRole('button', { name: /^Copy / }).count()).toBe(0);
  await world.jump(0.115, { bid: null, ask: null });
  await world.margin.liquidate(id);
  await page.getByText(/^Taken over by the risk reserve/).waitFor();
  await page.getByText('Left if closed at the mark').waitFor({ state: 'detached' });
  expect(await page.getByText('Close it').count()).toBe(0);
  await photograph(page, 'margin-taken-over');
  expect(complaints).toEqual([]);
});

it('a position nears its liquidation, is liquidated, and everybody sees it, on a phone', async () => {
  const eve = await signUp('1000');
  const position = await world.market.open(eve.id);
  const { page, complaints } = await openPage(eve, { viewport: { width: 360, height: 740 } });
  const card = region(page, /^Long 5x/);
  await card.getByText('safe (liquidated below 10%)').waitFor();
  await world.jump(0.0895);
  await card.getByText('close to liquidation (liquidated below 10%)').waitFor();
  await world.jump(prices.far, { quantity: thinBook });
  await card.getByText('Being liquidated.').waitFor();
  expect(await card.getByText('Close it').count()).toBe(0);
  await photograph(page, 'margin-liquidating');
  for (let i = 0; i < 3; i++) await world.margin.liquidate(position.id);
  const closed = region(page, 'Closed positions');
  await closed.getByRole('row', { name: /Long 5x.*Liquidated/ }).waitFor();
  const feed = region(page, 'Liquidations');
  await feed
    .getByRole('row', { name: /Long Liquidated/ })
    .nth(2)
    .waitFor();
  expect(await fitsWidth(page)).toBe(true);
  expect(await seriousFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
});
