// Prediction markets in a real browser: finding one, betting, being refused, proposing, disputing, and checking a settlement.
import type { Page } from 'playwright-core';
import { newId } from '../../ledger/ids';
import type { LotView } from '../../services/predictions/lot-views';
import type { PublicMarket } from '../../services/predictions/market-views';
import type { SignedUp } from '../api/harness';
import {
  createPredictionWorld,
  type PredictionWorld,
  type ProposalOver,
} from '../workflows/prediction-world';
import { eventually, expectStatus, newKey } from '../workflows/support';
import { fitsWidth, photograph, seriousFaults, type Visit } from './browser';
import { openConsole, type ConsoleWorld } from './console-world';

let world: PredictionWorld;
let console_: ConsoleWorld;
let ann: SignedUp;
let bob: SignedUp;
let annsVisit: Visit;
let bobsVisit: Visit;
beforeAll(async () => {
  world = await createPredictionWorld();
  const url = world.config.databaseUrl ?? '';
  console_ = await openConsole({ reach: () => Promise.resolve(url) });
  [ann, bob] = world.bettors;
  annsVisit = await console_.open(ann);
  bobsVisit = await console_.open(bob, { timezoneId: 'America/New_York' });
});
afterAll(async () => {
  await console_.close();
  await world.close();
});

const alertOf = (page: Page) => page.getByRole('alert').textContent();
const formOf = (page: Page, title: string) =>
  page.locator('form', { has: page.getByRole('heading', { name: title, exact: true }) });
const regionOf = (page: Page, name: string) =>
  page.locator('section', { has: page.getByRole('heading', { name, exact: true }) });

async function getAs<T>(path: string, by: SignedUp): Promise<T> {
  return expectStatus(await world.api.send('GET', path, { key: by.key }), 200).as<T>();
}

const actOf = (marketId: string) => ({
  ...{ marketId, operatorId: world.operators[0].id, reason: 'As the source says' },
  ...{ decisionKey: newKey(), requestId: newKey() },
});

/** An outcome is proposed, as of now unless it says otherwise. */
async function resolve(id: string, outcome: 'yes' | 'no', at = Date.now()): Promise<void> {
  await world.service.resolve({ ...actOf(id), outcome, effectiveAt: at });
}

/** As its workflow would have it. */
async function settled(over: ProposalOver = {}): Promise<PublicMarket> {
  const id = await world.openUnheard(over, { predictionDispute: 50 });
  await world.betExample(id);
  await resolve(id, 'no');
  return settle(id);
}

async function settle(id: string): Promise<PublicMarket> {
  await eventually(async () => (await world.service.finalise(id)).market.status === 'final');
  await world.service.rollBack(id);
  return (await world.service.pay(id)).market;
}

it('finds a market, bets on it, and sees the odds and the lots move as the API says, others’ bets too', async () => {
  const question = '<b>Will</b> it "rain" on <img src=x onerror=alert(1)>?';
  const id = await world.openUnheard({ question, tags: ['weather'] });
  await world.openUnheard({ question: 'Will gold rise?' });
  const { page, complaints } = annsVisit;
  await page.goto('/');
  await page.getByRole('link', { name: 'Predictions' }).click();
  await page.getByRole('link', { name: 'Will gold rise?' }).waitFor();
  await page.getByLabel('Search').fill('rai');
  await page.getByRole('link', { name: 'Will gold rise?' }).waitFor({ state: 'detached' });
  await page.getByLabel('State').selectOption('Settled');
  await page.getByText('No market matches.').waitFor();
  await page.getByLabel('State').selectOption('All approved');
  await page.getByRole('link', { name: '#weather' }).click();
  await page.getByText('Tag: weather').waitFor();
  await page.getByRole('link', { name: question }).click();
  await page.getByRole('heading', { level: 1, name: question }).waitFor();

  await page.getByLabel('Amount in LCO').fill('500');
  const ticket = formOf(page, 'Bet');
  // The worked example of DESIGN 2.8.
  await ticket.getByText('615.7688').first().waitFor();
  expect(await ticket.textContent()).toMatch(/Minimum shares, else refused609\.6111/);
  expect(await ticket.textContent()).toMatch(/If betting ended now698\.2162 LCO/);
  expect(await ticket.textContent()).toMatch(/Fee \(5% of the profit\)9\.9108 LCO/);
  await ticket.getByRole('button', { name: 'Bet on YES' }).click();
  await ticket.getByText('Bought 615.76887435 YES shares').waitFor();
  const odds = regionOf(page, 'Odds');
  await odds.getByText('YES 77.8%').waitFor();
  const { items } = await getAs<{ items: LotView[] }>(`/predictions/${id}/bets`, ann);
  expect(items).toMatchObject([{ side: 'yes', stake: '500', shares: '615.76887435' }]);
  const lots = page.getByRole('table', { name: 'Your bets' });
  expect(await lots.getByRole('row').count()).toBe(2);
  expect(await lots.textContent()).toMatch(/688\.30 LCO0\.00 LCO/);

  const { pool } = await world.bet(id, bob, 'no', '500');
  const share = `YES ${(Number(pool.yes.probability) * 100).toFixed(1)}%`;
  await odds.getByText(share).waitFor();
  await page.getByRole('img', { name: /Probability of YES: 50\.0% on/ }).waitFor();
  expect(await page.getByRole('table', { name: 'All bets' }).textContent()).toContain(
    'YES (yours)',
  );
  await photograph(page, 'predictions-market');

  await page.getByRole('link', { name: 'All predictions' }).click();
  const positions = page.getByRole('table', { name: 'Your positions' });
  await positions.getByText(question).waitFor();
  expect(complaints).toEqual([]);
});

it('counts late bets at cost as soon as an outcome is proposed, in sums and in others’ payouts', async () => {
  const id = await world.openUnheard();
  await world.bet(id, ann, 'yes', '500');
  const { items } = await getAs<{ items: LotView[] }>(`/predictions/${id}/bets`, ann);
  const early = Date.parse(items[0]?.placedAt ?? '');
  await eventually(() => Promise.resolve(Date.now() > early));
  await world.bet(id, bob, 'no', '500');
  await world.bet(id, ann, 'no', '100');
  await resolve(id, 'yes', early);
  const { page, complaints } = annsVisit;
  await page.goto(`/predictions/${id}`);
  const lots = page.getByRole('table', { name: 'Your bets' });
  // As the pool was before Bob's bet.
  await lots
    .getByRole('row')
    .filter({ hasText: /688\.30 LCO/ })
    .waitFor();
  await lots.getByRole('row').filter({ hasText: 'back at cost' }).waitFor();
  const sums = regionOf(page, 'Your bets').locator('dl');
  expect(await sums.textContent()).toMatch(/If YES788\.30\d\d LCOIf NO100\.0000 LCO/);
  expect(complaints).toEqual([]);
});

it('shows a refused bet in its place, also when betting has just closed', async () => {
  const id = await world.openUnheard();
  const { page, complaints } = annsVisit;
  await page.goto(`/predictions/${id}`);
  const stake = page.getByLabel('Amount in LCO');
  const ticket = formOf(page, 'Bet');
  await stake.fill('0.5');
  await ticket.getByText('A bet is at least 1 LCO.').waitFor();
  expect(await ticket.getByRole('button', { name: 'Bet on YES' }).isDisabled()).toBe(true);
  await stake.fill('1000000');
  await ticket.getByRole('button', { name: 'Bet on YES' }).click();
  await ticket.getByText('There are not that many LCO available.').waitFor();
  expect(await stake.inputValue()).toBe('1000000');

  await Promise.all([page.waitForResponse(/stake=5$/), stake.fill('5')]);
  // The page has not heard of it yet.
  for (const path of ['', '/quote*']) {
    const url = `**/api/v1/predictions/${id}${path}`;
    const kept = await page.request.get(
      path === ''
        ? `/api/v1/predictions/${id}`
        : `/api/v1/predictions/${id}/quote?side=yes&stake=5`,
    );
    const body = await kept.text();
    await page.route(url, (route) => route.fulfill({ contentType: 'application/json', body }));
  }
  await resolve(id, 'yes');
  await ticket.getByRole('button', { name: 'Bet on YES' }).click();
  await page.getByRole('alert').getByText('The market takes no more bets.').waitFor();
  await page.unrouteAll();
  await page.getByText('This market takes no more bets.').waitFor();
  expect(await alertOf(page)).toContain('The market takes no more bets.');
  expect((await getAs<{ items: LotView[] }>(`/predictions/${id}/bets`, ann)).items).toEqual([]);
  expect(complaints).toEqual([]);
});

it('proposes a market by the form, in the reader’s own time, and shows long and hostile texts as text on a phone', async () => {
  const { page, complaints } = bobsVisit;
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto('/predictions');
  await page.getByRole('link', { name: 'Propose a market' }).click();
  const form = formOf(page, 'Your market');
  const question = `<script>alert(1)</script>${'Ω'.repeat(170)}`;
  const rules = `<iframe src=//a.b>\n${'x'.repeat(3_900)}`;
  await form.getByLabel(/^Question/).fill(question);
  await form.getByLabel(/^Rules/).fill(rules);
  await form.getByLabel(/^Source/).fill('javascript:alert(1)');
  await form.getByLabel(/^Betting closes at/).fill('2020-07-01T12:00');
  await form.getByLabel(/^Seed/).fill('150');
  await form.getByLabel(/^Tags/).fill('weather, rain');
  await form.getByText('In UTC: 2020-07-01T16:00:00.000Z').waitFor();
  await form.getByRole('button', { name: 'Propose' }).click();
  await form.getByText('closesAt must be still to come.').first().waitFor();
  const year = new Date().getUTCFullYear() + 1;
  await form.getByLabel(/^Betting closes at/).fill(`${year}-07-01T12:00`);
  await form.getByRole('button', { name: 'Propose' }).click();
  await page.getByRole('heading', { level: 1, name: question }).waitFor();
  await page.getByText('Betting begins once an operator has approved the market.').waitFor();
  await page.getByText('Expires unless approved').waitFor();
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const { prediction } = await getAs<{ prediction: PublicMarket }>(`/predictions/${id}`, bob);
  expect(prediction).toMatchObject({
    ...{ question, rules, status: 'proposed', proposer: bob.handle, seed: '150' },
    ...{ closesAt: `${year}-07-01T16:00:00.000Z`, tags: ['weather', 'rain'] },
  });
  expect(await page.getByRole('link', { name: 'javascript:alert(1)' }).count()).toBe(0);
  expect(await fitsWidth(page)).toBe(true);
  expect(await seriousFaults(page)).toEqual([]);
  await photograph(page, 'predictions-phone');
  expect(complaints).toEqual([]);
});

it('checks a settled market’s manifest in the browser, and tells a false one', async () => {
  const { id, settlement } = await settled({ question: 'Is it settled?' });
  const { page, complaints } = bobsVisit;
  await page.setViewportSize({ width: 1_366, height: 900 });
  await page.goto(`/predictions/${id}`);
  const card = regionOf(page, 'Settlement');
  await card.getByText(settlement?.manifestHash ?? '').waitFor();
  await card.getByRole('link', { name: `burn record ${settlement?.burnSeq}` }).waitFor();
  const check = card.getByRole('button', { name: 'Check it in this browser' });
  await check.click();
  await card.getByText('Nothing is wrong with the manifest.').waitFor();
  expect(await card.getByRole('listitem').allTextContents()).toEqual([
    '✓SHA-256 of its bytes: right',
    '✓It says what the market says: right',
    '✓Every lot and payout, computed again: right',
    '✓Your bets are in it: right',
    '✓The burn log has what was burned: right',
  ]);
  await photograph(page, 'predictions-settled');

  // Both stakes are other ones.
  await page.route('**/manifest', async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replaceAll('"stake":"500"', '"stake":"501"');
    await route.fulfill({ response: answer, body });
  });
  await check.click();
  await card.getByText('The manifest is false: 3 of 5 checks failed.').waitFor();
  expect(await card.getByRole('listitem').allTextContents()).toEqual([
    expect.stringMatching(/^✗SHA-256 of its bytes: WRONGThese bytes have [0-9a-f]{64}\.$/),
    '✓It says what the market says: right',
    '✗Every lot and payout, computed again: WRONGLot 1 did not buy 615.76887435 shares.',
    '✗Your bets are in it: WRONGLot 2 is not as you have it.',
    '✓The burn log has what was burned: right',
  ]);
  await page.unrouteAll();
  await page.route('**/bets?*', (route) => route.fulfill({ status: 503 }));
  await check.click();
  await card.getByText('What could be checked is right.').waitFor();
  await card.getByText('Your bets could not be loaded').waitFor();
  await page.unrouteAll();
  expect(complaints).toEqual([]);
});

it('counts all of one’s bets, also those beyond the first page', async () => {
  const id = await world.openUnheard({}, { predictionDispute: 50 });
  for (const stake of ['500', '10']) await world.bet(id, bob, 'no', stake);
  const { page, complaints } = bobsVisit;
  await page.route('**/bets?*', (route) =>
    route.continue({
      url: route
        .request()
        .url()
        .replace(/limit=\d+/, 'limit=1'),
    }),
  );
  await page.goto(`/predictions/${id}`);
  await page.getByRole('cell', { name: 'NO (yours)' }).nth(1).waitFor();
  await world.bet(id, ann, 'yes', '500');
  await resolve(id, 'no');
  await settle(id);
  await page.route('**/manifest', async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replaceAll('"stake":"500"', '"stake":"501"');
    await route.fulfill({ response: answer, body });
  });
  await page.getByRole('button', { name: 'Check it in this browser' }).click();
  await page.getByText('Lot 1 is not as you have it.').waitFor();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  expect(complaints).toEqual([]);
});

it('disputes a proposed outcome with a bond, by who holds a bet', async () => {
  const id = await world.openUnheard({}, { predictionDispute: 600_000 });
  await world.bet(id, ann, 'yes', '500');
  await resolve(id, 'no');
  const { page, complaints } = annsVisit;
  await page.goto(`/predictions/${id}`);
  const form = formOf(page, 'Dispute');
  await form.getByText('100 LCO').waitFor();
  await form.getByRole('button', { name: 'Dispute NO' }).click();
  await form.getByText(/>=1 characters/).waitFor();
  await form.getByLabel(/^Evidence/).fill('The source says\nYES');
  await form.getByRole('button', { name: 'Dispute NO' }).click();
  await page.getByText('Ruling (to come)').waitFor();
  const { dispute } = await world.service.get(id);
  expect(dispute).toMatchObject({ handle: ann.handle, evidence: 'The source says\nYES' });
  expect(complaints).toEqual([]);
});

it('says that there is no such market', async () => {
  const { page, complaints } = annsVisit;
  for (const id of [newId(), 'nothing']) {
    await page.goto(`/predictions/${id}`);
    await page.getByRole('alert').waitFor();
    expect(await alertOf(page)).toBe('There is no such market.');
  }
  expect(complaints).toEqual([]);
});
