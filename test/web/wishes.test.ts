// What is asked for once is done once, though its answer was lost and its page was left.
import type { SignedUp } from '../api/harness';
import { createStreamWorld, type StreamWorld } from '../market-data/world';
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

it('a stake whose answer was lost is not made twice, and another one is', async () => {
  const { page } = await world.open(user);
  const keys: (string | undefined)[] = [];
  let isLost = true;
  await page.route('**/api/v1/staking/stakes', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    const answer = await route.fetch();
    if (isLost) await route.abort('connectionreset');
    else await route.fulfill({ response: answer });
  });
  const staked = async () => {
    const answer = await world.api.send('GET', '/staking', { key: user.key });
    return answer.as<{ tier: { staked: string } }>().tier.staked;
  };
  const stake = async (amount: string) => {
    await page.getByLabel('LCO').first().fill(amount);
    await page.getByRole('button', { name: 'Stake', exact: true }).click();
  };
  await page.goto('/staking');
  await stake('5');
  await page.getByText('The API cannot be reached').first().waitFor();
  expect(await staked()).toBe('5');
  // Away and back: the page knows nothing of it any more.
  await page.getByRole('link', { name: 'Keys' }).click();
  await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
  await page.getByRole('link', { name: 'Staking' }).click();
  isLost = false;
  await stake('5');
  await page.getByText('with 5 LCO staked').waitFor();
  expect(await staked()).toBe('5');
  expect(keys[1]).toBe(keys[0]);
  // That was answered: the same again is another wish, unless it comes at once.
  await page.getByText('Staked 5 LCO.').waitFor();
  expect(await page.getByLabel('LCO').first().inputValue()).toBe('');
  await page.waitForTimeout(1_600);
  await stake('5');
  await page.getByText('with 10 LCO staked').waitFor();
  expect(new Set(keys).size).toBe(2);
});

it('an order whose answer was lost is not placed twice, though its page was left', async () => {
  const { page } = await world.open(user);
  let isLost = true;
  await page.route('**/api/v1/exchange/orders', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    const answer = await route.fetch();
    if (isLost) await route.abort('connectionreset');
    else await route.fulfill({ response: answer });
  });
  const place = async () => {
    await page.getByLabel('Price, Credits').fill('0.01');
    await page.getByLabel('Quantity, LCO').fill('10');
    await page.getByRole('button', { name: 'Buy LCO' }).click();
  };
  await page.goto('/exchange');
  await place();
  await page.locator('.order-ticket').getByText('The API cannot be reached').waitFor();
  await page.getByRole('link', { name: 'Keys' }).click();
  await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
  // The same user who comes back wishes the same.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('E-mail').fill(user.email);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Exchange', exact: true }).click();
  isLost = false;
  await place();
  await page.locator('.placed').first().waitFor();
  const ordersOf = async () => {
    const answer = await world.api.send('GET', '/exchange/orders', { key: user.key });
    return answer.as<{ items: { quantity: string }[] }>().items;
  };
  expect(await ordersOf()).toHaveLength(1);

  // Nor is an amendment made twice, or told as none the second time.
  await page.route('**/api/v1/exchange/orders/*', async (route) => {
    await route.fetch();
    await route.abort('connectionreset');
  });
  await page.getByRole('button', { name: /^Amend/ }).click();
  const amend = page.locator('.amend');
  await amend.getByLabel(/^Quantity/).fill('8');
  await amend.getByRole('button', { name: 'Amend' }).click();
  await amend.getByText('The API cannot be reached').waitFor();
  await page.getByText('0 of 8').waitFor();
  await page.unroute('**/api/v1/exchange/orders/*');
  await amend.getByRole('button', { name: 'Amend' }).click();
  await amend.waitFor({ state: 'detached' });
  expect(await ordersOf()).toMatchObject([{ quantity: '8' }]);
});

it('a button that is pressed twice, a moment apart, does it once', async () => {
  const twice = await market.signUpTrader('1', '50');
  const { page } = await world.open(twice);
  let sent = 0;
  await page.route('**/api/v1/staking/stakes', async (route) => {
    sent++;
    await route.continue();
  });
  await page.goto('/staking');
  // However slow the browser is here: a moment.
  await page.clock.setFixedTime(Date.now());
  const amount = page.getByLabel('LCO').first();
  await amount.fill('5');
  const button = page.getByRole('button', { name: 'Stake', exact: true });
  await button.click();
  await page.getByText('Staked 5 LCO.').waitFor();
  // It is empty now, and what was done stays told.
  await button.click();
  await page.waitForTimeout(500);
  expect(sent).toBe(1);
  expect(await page.getByText('Staked 5 LCO.').count()).toBe(1);
  // As if the second press had come before the field was emptied.
  await amount.fill('5');
  await button.click();
  await page.waitForTimeout(500);
  expect(sent).toBe(1);
  await page.getByText('with 5 LCO staked').waitFor();
});
