// A newcomer's first hour, and an operator's: the whole product as `npm start` brings it up, walked through in a real browser from
// the link that it prints. Each step sees what it moved without a reload. At the end the books are proved.
import type { Browser, Locator, Page } from 'playwright-core';
import { assertBooksBalance } from '../support/invariants';
import { startInstance, type RunningInstance } from '../support/running-instance';
import { eventually } from '../workflows/support';
import { openBrowser, photograph, signInByForm, visit, type Visit } from './browser';

const patienceMs = 120_000;

let instance: RunningInstance;
let browser: Browser;
let newcomer: Visit;
let operator: Visit;
let steps = 0;

beforeAll(async () => {
  [instance, browser] = await Promise.all([startInstance(), openBrowser()]);
  newcomer = await visit(browser, instance.api);
  operator = await visit(browser, instance.api);
});
afterAll(async () => {
  await browser?.close();
  await instance?.stop();
});
afterEach(() => {
  expect([...newcomer.complaints, ...operator.complaints]).toEqual([]);
});

/** Keeps a picture of each step, in order. */
function picture(page: Page, name: string): Promise<void> {
  steps += 1;
  return photograph(page, `walk-${String(steps).padStart(2, '0')}-${name}`);
}

const menu = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();
const regionOf = (page: Page, name: string | RegExp) => page.getByRole('region', { name }).first();

/** What stands behind a name within a part of a page. */
const factOf = (within: Locator, name: string) =>
  within
    .locator('dl > div')
    .filter({ has: within.page().getByText(name, { exact: true }) })
    .locator('dd')
    .first();

/** The first figure of a text, for comparing: `1,234.5 Credits` is 1234.5. */
async function figureOf(shown: Locator): Promise<number> {
  const [, figure = ''] = /([\d,]+(?:\.\d+)?)/.exec(await shown.innerText()) ?? [];
  return Number(figure.replaceAll(',', ''));
}

/** Until what is shown has become what it is to be, by itself. */
const untilFigure = (shown: Locator, isIt: (figure: number) => boolean) =>
  eventually(async () => isIt(await figureOf(shown)), patienceMs);

describe('a newcomer', () => {
  let page: Page;
  beforeAll(() => {
    page = newcomer.page;
  });

  const balanceOf = (asset: 'Credits' | 'L-Coin') => factOf(regionOf(page, 'Balances'), asset);
  const availableOf = (asset: 'Credits' | 'LCO') =>
    factOf(page.locator('.available'), `${asset} available`);

  async function buyAtMarket(lco: string): Promise<void> {
    await menu(page, 'Exchange');
    await page.getByLabel('Type').selectOption('Market');
    await page.getByText('Quantity of LCO').click();
    await page.getByLabel('Quantity, LCO').fill(lco);
    const preview = page.getByRole('group', { name: 'Preview' });
    await preview.getByText(/trade at once: it is filled/).waitFor();
    await page.getByRole('button', { name: 'Buy LCO' }).click();
    await page.getByText(/Buy order filled/).waitFor();
  }

  async function stake(amount: string, level: string): Promise<void> {
    await menu(page, 'Staking');
    await page.getByLabel('LCO').first().fill(amount);
    await page.getByRole('button', { name: 'Stake', exact: true }).click();
    await regionOf(page, 'Your stake').getByText(level).waitFor();
  }

  it('looks around as the demo user with one click, and sees the balances', async () => {
    await page.goto('/');
    await page.getByRole('button', { name: 'Look around as the demo user' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await untilFigure(balanceOf('Credits'), (figure) => figure === 2_500);
    await untilFigure(balanceOf('L-Coin'), (figure) => figure === 0);
    await picture(page, 'overview');
  });

  it('chats, and watches Credits fall and LCO appear', async () => {
    await menu(page, 'Playground');
    await page.getByLabel('Message').fill('What is an order book?');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('article').getByText('Mined').waitFor();
    await picture(page, 'playground');
    await menu(page, 'Overview');
    await untilFigure(balanceOf('Credits'), (figure) => figure < 2_500);
    await untilFigure(balanceOf('L-Coin'), (figure) => figure > 0);
    await page.getByRole('rowheader', { name: 'gpt-4o-mini' }).waitFor();
  });

  it('places an order that is seen in the book, and buys LCO, seen on the chart and in the balance', async () => {
    await menu(page, 'Exchange');
    await page.getByText('1d', { exact: true }).click();
    await page.getByLabel('Price, Credits').fill('0.1');
    await page.getByLabel('Quantity, LCO').fill('12.34');
    await page.getByRole('button', { name: 'Buy LCO' }).click();
    await page.getByText('Buy order is open.').waitFor();
    await page.getByRole('tab', { name: 'Open orders (1)' }).waitFor();
    await page
      .getByRole('table', { name: 'Bids' })
      .getByRole('row', { name: /0\.100000/ })
      .waitFor();
    const volume = page.locator('.legend .figures abbr[title="Volume"]').locator('..');
    const before = Number(/V ([\d,.]+)/.exec(await volume.innerText())?.[1]?.replaceAll(',', ''));
    await buyAtMarket('1000');
    await eventually(async () => {
      const now = /V ([\d,.]+)/.exec(await volume.innerText())?.[1]?.replaceAll(',', '');
      return Number(now) >= before + 1_000;
    }, patienceMs);
    await untilFigure(availableOf('LCO'), (figure) => figure >= 1_000);
    await page.getByRole('tab', { name: 'Fills' }).click();
    await page.getByRole('table', { name: 'Fills' }).waitFor();
    await picture(page, 'exchange');
  });

  it('stakes, and the level changes', async () => {
    await stake('1000', 'Lv2');
    await picture(page, 'staking');
    await buyAtMarket('9500');
    await stake('9000', 'Lv3');
    await menu(page, 'Overview');
    await regionOf(page, 'Level').getByText('Lv3').waitFor();
  });

  it('bets, and the odds move', async () => {
    await menu(page, 'Predictions');
    await page.getByRole('link', { name: /flagship model/ }).click();
    const odds = regionOf(page, 'Odds')
      .getByText(/^YES [\d.]+%$/)
      .first();
    const before = await figureOf(odds);
    await page.getByLabel('Amount in LCO').fill('100');
    await page.getByRole('button', { name: 'Bet on YES' }).click();
    await page.getByText(/Bought [\d.]+ YES shares/).waitFor();
    await untilFigure(odds, (figure) => figure > before);
    await picture(page, 'prediction');
  });

  it('climbs the board of Compute Wars while it watches', async () => {
    await menu(page, 'Compute Wars');
    const place = regionOf(page, 'Your place');
    await place.getByText(/Rank \d+/).waitFor();
    const spent = factOf(place, 'Spent in this round');
    const before = await figureOf(spent);
    // From a program of theirs, meanwhile.
    const answer = await fetch(`${instance.api}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${instance.demoKey}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        model: 'gpt-4o',
        messages: [{ role: 'user', content: 'Hello '.repeat(500) }],
      }),
    });
    expect(answer.status).toBe(200);
    await untilFigure(spent, (figure) => figure > before);
    await picture(page, 'wars');
  });

  it('subscribes to an IMO, and sees its share', async () => {
    await menu(page, 'Launchpad');
    await page.getByRole('link', { name: 'gpt-5' }).click();
    await page.getByLabel('LCO to lock').fill('100');
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await regionOf(page, 'Your subscription')
      .getByText(/[\d,]+ tokens/)
      .first()
      .waitFor();
    await picture(page, 'imo');
  });

  it('opens a 3x long that is liquidated where it was told, and closes it', async () => {
    await menu(page, 'Margin');
    await page.getByLabel('Collateral, Credits').fill('50');
    await page.getByRole('textbox', { name: 'Leverage' }).fill('3');
    const quote = regionOf(page, 'Before you open it');
    await factOf(quote, 'Liquidation price').waitFor();
    await page.getByRole('button', { name: 'Open long 3x' }).click();
    const card = regionOf(page, /^Long 3x/);
    await card.waitFor();
    const liquidation = await figureOf(factOf(card, 'Liquidation price'));
    const mark = await figureOf(factOf(card, 'Mark price'));
    expect(liquidation).toBeGreaterThan(mark / 2);
    expect(liquidation).toBeLessThan(mark);
    await picture(page, 'margin');
    await card.getByText('Close it').click();
    await card.getByRole('button', { name: 'Close 100%' }).click();
    await card.getByRole('button', { name: 'Yes, close' }).click();
    await regionOf(page, 'Closed positions')
      .getByRole('row', { name: /Long 3x/ })
      .waitFor();
  });

  it('checks the proof of a burn in the browser', async () => {
    await menu(page, 'Transparency');
    await page.getByText('The head is sound.').waitFor();
    await page.getByRole('button', { name: 'Verify burn 0' }).first().click();
    await page.getByText('Burn #0 is in the signed log as shown.').waitFor();
    await picture(page, 'transparency');
  });

  it('votes as a whale', async () => {
    const whale = await visit(browser, instance.api);
    await whale.page.goto('/governance');
    await whale.page.getByRole('button', { name: 'As a whale' }).click();
    await whale.page
      .getByRole('link', { name: /Cheaper trading/ })
      .first()
      .click();
    await whale.page.getByRole('button', { name: 'For', exact: true }).click();
    await whale.page.getByRole('button', { name: 'Yes, vote for' }).click();
    await whale.page.getByText('You voted').waitFor();
    await picture(whale.page, 'vote');
    expect(whale.complaints).toEqual([]);
    await whale.context.close();
  });

  it('proposes a market', async () => {
    await menu(page, 'Predictions');
    await page.getByRole('link', { name: 'Propose a market' }).click();
    const soon = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 16);
    await page.getByLabel(/^Question/).fill('Will the walk end well?');
    await page.getByLabel(/^Rules/).fill('YES if it does.');
    await page.getByLabel(/^Source/).fill('https://example.com/walk');
    await page.getByLabel(/^Betting closes at/).fill(soon);
    await page.getByLabel(/^Seed in LCO/).fill('100');
    await page.getByRole('button', { name: 'Propose', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Will the walk end well?' }).waitFor();
  });
});

describe('an operator', () => {
  let page: Page;
  beforeAll(() => {
    page = operator.page;
  });

  const itemOf = (name: string | RegExp) => page.getByRole('article', { name }).first();

  /** Opens the form of an act, fills it, sends it, and says yes where it asks. */
  async function act(item: Locator, name: string, fields: Readonly<Record<string, string>>) {
    await item.getByRole('button', { name, exact: true }).first().click();
    const form = item.locator('form');
    for (const [label, value] of Object.entries(fields)) await form.getByLabel(label).fill(value);
    await form.locator('button[type="submit"]').click();
    const yes = form.getByRole('button', { name: 'Yes' });
    await yes.or(item.getByText(/^Done/)).first().waitFor();
    if (await yes.isVisible()) await yes.click();
  }

  it('signs in, approves a market with a reason, and finds its workflow in the Temporal UI', async () => {
    await page.goto('/operator');
    await signInByForm(page, instance.loginOf('operator-1'));
    await page.goto('/operator');
    const item = itemOf('Will the walk end well?');
    await act(item, 'Approve', { Reason: 'A clear question' });
    await item.getByText('open for bets').waitFor();
    const [temporal] = await Promise.all([
      operator.context.waitForEvent('page'),
      item.getByRole('link', { name: 'Workflow' }).click(),
    ]);
    await temporal
      .getByText(/prediction\//)
      .first()
      .waitFor();
    await picture(temporal, 'temporal');
    await temporal.close();
  });

  it('resolves it', async () => {
    const item = itemOf('Will the walk end well?');
    await item.getByRole('button', { name: 'Resolve', exact: true }).first().click();
    const form = item.locator('form');
    await form.getByText('Yes', { exact: true }).first().click();
    await form.getByLabel('Evidence').fill('It does, so far');
    await form.locator('button[type="submit"]').click();
    await form.getByRole('button', { name: 'Yes' }).click();
    await item.getByText('an outcome is proposed').waitFor();
    await picture(page, 'queues');
  });

  it('disqualifies somebody from a ranking, and begins and pauses a buyback', async () => {
    const round = itemOf(/^Round /);
    await act(round, 'Disqualify', { Reason: 'A stolen key', User: 'demo-studio' });
    await round.getByText('Done: disqualify.').waitFor();
    await act(page.locator('#buybacks'), 'Extra buyback', { Reason: 'To be paused' });
    const buyback = itemOf(/^Extra buyback/);
    await buyback.waitFor();
    await act(buyback, 'Pause', { Reason: 'Let us look at it first' });
    await factOf(buyback, 'State').getByText('paused').waitFor();
  });

  it('finds each act with its reason in the audit log', async () => {
    await menu(page, 'Audit log');
    for (const reason of [
      'A clear question',
      'It does, so far',
      'A stolen key',
      'Let us look at it first',
    ]) {
      await page.getByRole('row').filter({ hasText: reason }).first().waitFor();
    }
    await picture(page, 'audit-log');
  });
});

it('the books balance after all of it', async () => {
  await assertBooksBalance(instance.databaseUrl);
});
