// Pages of operators in a real browser, on markets whose workflows run: what waits is decided with its reason, by who may decide
// it; and nobody else finds a page.
import type { Locator, Page } from 'playwright-core';
import type { RunningWorker } from '../../worker/start-worker';
import { localTimeText } from '../../web/operator/form-values';
import type { SignedUp } from '../api/harness';
import { operatorCaller, toUser } from '../credits/world';
import {
  createPredictionWorld,
  shortWindows,
  type PredictionWorld,
} from '../workflows/prediction-world';
import { expectStatus, newKey, startTestWorker } from '../workflows/support';
import { fitsWidth, photograph, seriousFaults } from './browser';
import { openConsole, type ConsoleWorld } from './console-world';

const markup = '<img src=x onerror="alert(1)">';
const uiUrl = 'http://temporal.example:8233';

let world: PredictionWorld;
let worker: RunningWorker;
let site: ConsoleWorld;
let first: SignedUp;
let second: SignedUp;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  world = await createPredictionWorld({
    ...shortWindows,
    predictionDispute: '60s',
    predictionRuling: '60s',
  });
  worker = await startTestWorker(world.config);
  [first, second] = world.operators;
  const { address = '', namespace } = world.config.temporal;
  site = await openConsole(
    { reach: () => Promise.resolve(world.config.databaseUrl ?? '') },
    {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      TEMPORAL_UI_URL: uiUrl,
      OPS_FOUR_EYES_ABOVE: '1000',
      WINDOWS: '{"depositRedeemHold": "0s"}',
      ALLOW_PRIVATE_UPSTREAMS: '1',
      MASTER_KEY: '07'.repeat(32),
    },
  );
  ({ page, complaints } = await site.open(first));
});
afterEach(async () => {
  expect(complaints).toEqual([]);
  // What is open goes on asking.
  await page.goto('about:blank');
});
afterAll(async () => {
  await site.close();
  await worker.stop();
  await world.close();
});

/** Opens the form of an act, and gives it with its own button. */
async function begin(item: Locator, act: string): Promise<{ form: Locator; send: Locator }> {
  await item.getByRole('button', { name: act, exact: true }).first().click();
  const form = item.locator('form');
  return { form, send: form.locator('button[type="submit"]') };
}

const itemOf = (page: Page, name: string) => page.getByRole('article', { name });
const yes = (form: Locator) => form.getByRole('button', { name: 'Yes' }).click();

/** With its reason, and sure of it; what it comes to is for the test to see. */
async function decide(item: Locator, act: string, reason: string): Promise<Locator> {
  const { form, send } = await begin(item, act);
  await form.getByLabel('Reason').fill(reason);
  await send.click();
  await yes(form);
  return form;
}

/** Another operator at work, in a browser of their own. */
async function asSecond(work: (page: Page) => Promise<void>): Promise<void> {
  // What is open goes on asking.
  await page.goto('about:blank');
  const other = await site.open(second);
  await work(other.page);
  await other.context.close();
  expect(other.complaints).toEqual([]);
}

it('a proposed market is approved and resolved, with reasons, by who may', async () => {
  const question = `${markup} ${'wide'.repeat(30)}?`;
  const id = await world.propose({ question });
  await page.goto('/operator');
  const item = itemOf(page, question);
  const workflow = item.getByRole('link', { name: 'Workflow' });
  const { namespace } = world.config.temporal;
  expect(await workflow.getAttribute('href')).toBe(
    `${uiUrl}/namespaces/${namespace}/workflows/prediction%2F${id}`,
  );
  expect(await workflow.getAttribute('target')).toBe('_blank');

  const approval = await begin(item, 'Approve');
  await approval.send.click();
  await yes(approval.form);
  await approval.form.getByRole('alert').waitFor();
  expect(await approval.form.getByLabel('Reason').getAttribute('aria-invalid')).toBe('true');
  expect((await world.service.get(id)).status).toBe('proposed');
  await approval.form.getByLabel('Reason').fill(`A clear question ${markup}`);
  await approval.send.click();
  await yes(approval.form);
  await item.getByText('open for bets').waitFor();
  expect(await world.service.get(id)).toMatchObject({
    status: 'open',
    review: { operator: first.handle, reason: `A clear question ${markup}` },
  });

  await world.betExample(id);
  const resolution = await begin(item, 'Resolve');
  await resolution.form.getByLabel('Known since').fill('2020-01-01T00:00:00');
  await resolution.form.getByText('No', { exact: true }).click();
  await resolution.form.getByLabel('Evidence').fill('As the source says');
  await resolution.send.click();
  await yes(resolution.form);
  await resolution.form.getByRole('alert').waitFor();
  expect(await resolution.form.getByLabel('Known since').getAttribute('aria-invalid')).toBe('true');
  await item.getByRole('button', { name: 'Resolve', exact: true }).first().click();
  const again = await begin(item, 'Resolve');
  await again.form.getByText('No', { exact: true }).click();
  await again.form.getByLabel('Evidence').fill('As the source says');
  await again.send.click();
  await yes(again.form);
  await item.getByText('an outcome is proposed').waitFor();
  const { resolution: proposed } = await world.service.get(id);
  expect(proposed).toMatchObject({ outcome: 'no', evidence: 'As the source says' });

  const voiding = await begin(item, 'Void');
  await voiding.form.getByLabel('Reason').fill('I changed my mind');
  await voiding.send.click();
  await yes(voiding.form);
  await voiding.form.getByText('Action by interested operator').waitFor();
  expect((await world.service.get(id)).status).toBe('resolution_proposed');
  await photograph(page, 'operator-queues');
  expect(await fitsWidth(page)).toBe(true);
  expect(await seriousFaults(page)).toEqual([]);

  await page.goto(`/operator/audit-log?subjectId=${id}`);
  const log = page.getByRole('table');
  for (const [action, reason] of [
    ['prediction.approve', `A clear question ${markup}`],
    ['prediction.resolve', 'As the source says'],
  ] as const) {
    const row = log.getByRole('row').filter({ hasText: action });
    await row.getByText(reason).waitFor();
    await row.getByRole('link', { name: first.handle }).waitFor();
  }
  await page.getByLabel('Id of the subject').fill('x'.repeat(300));
  await page.getByRole('button', { name: 'Find' }).click();
  await page
    .locator('.filters')
    .getByText(/too big|at most/i)
    .waitFor();
  expect(await page.getByRole('alert').count()).toBe(1);
  await page.getByRole('button', { name: 'All' }).click();
  await log.waitFor();
  await page.getByLabel('Operator: handle').fill('nobody-of-this-name');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByRole('button', { name: 'All' }).click();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  expect(await page.getByLabel('Operator: handle').inputValue()).toBe('');
});

it('a large deposit takes two operators', async () => {
  const beneficiary = await site.api.signUp();
  await page.goto('/operator/treasury');
  const recorders = page.getByRole('region', { name: 'Record' });
  const recording = await begin(recorders, 'Deposit for a user');
  await recording.form.getByLabel('User').fill('nobody-of-this-name');
  await recording.form.getByLabel('Amount').fill('5000');
  await recording.form.getByLabel('External reference').fill(`wire ${markup}`);
  await recording.form.getByLabel('Reason').fill('Paid by wire');
  await recording.send.click();
  await recording.form.getByText('There is no user of this handle').first().waitFor();
  await recording.form.getByLabel('User').fill(beneficiary.handle);
  await recording.send.click();
  await recorders.getByText('Done: deposit for a user.').waitFor();

  const confirm = async (on: Page) => {
    await on.goto('/operator');
    const item = itemOf(on, 'Deposit of 5,000 Credits');
    await item.getByText(`wire ${markup}`).waitFor();
    await decide(item, 'Confirm', 'I saw it on the account');
    return item;
  };
  const refused = await confirm(page);
  await refused.getByText('Action by interested operator').waitFor();
  await photograph(page, 'operator-four-eyes');
  await asSecond(async (on) => {
    const confirmed = await confirm(on);
    await confirmed.waitFor({ state: 'detached' });
  });
  const balances = await site.api.send('GET', '/balances', { key: beneficiary.key });
  expect(balances.json).toMatchObject({
    balances: [
      { asset: 'CREDIT', available: '5000' },
      { asset: 'LCO', available: '0' },
    ],
  });
});

it('a large redemption takes two operators, and a small one can be rejected', async () => {
  const { id: userId, key, handle } = await site.api.signUp();
  for (const amount of ['1000', '900']) {
    await site.api.context.services.deposits.record(
      operatorCaller(first.id),
      toUser(userId, amount),
    );
  }
  const ask = async (amount: string) => {
    const body = { amount, destination: `IBAN ${markup}` };
    const headers = { 'idempotency-key': newKey() };
    expectStatus(await site.api.send('POST', '/redemptions', { key, body, headers }), 201);
  };
  await ask('1500');
  await ask('100');
  await page.goto('/operator#redemptions');
  const small = itemOf(page, 'Redemption of 100 Credits');
  await small.getByText(`IBAN ${markup}`).waitFor();
  await small.getByRole('link', { name: handle }).waitFor();
  await decide(small, 'Reject', 'No such account');
  await small.waitFor({ state: 'detached' });
  const large = itemOf(page, 'Redemption of 1,500 Credits');
  await decide(large, 'Approve', 'First of two');
  await large.getByText('awaits a second operator').waitFor();
  await large.getByText('approved, first of two').waitFor();
  await decide(large, 'Approve', 'And the second');
  await large.getByText('You approved already; a second operator must too.').waitFor();
  await asSecond(async (on) => {
    await on.goto('/operator');
    const item = itemOf(on, 'Redemption of 1,500 Credits');
    await item.getByText('First of two').waitFor();
    await decide(item, 'Approve', 'I looked myself');
    await item.waitFor({ state: 'detached' });
  });
  const balances = await site.api.send('GET', '/balances', { key });
  expect(balances.json).toMatchObject({ balances: [{ available: '400', redeeming: '0' }, {}] });
});

it('a disputed outcome is ruled on by the other operator', async () => {
  const [ann] = world.bettors;
  const question = `Is it disputed? ${markup}`;
  const id = await world.open({ question });
  await world.betExample(id);
  expectStatus(await world.resolve(id, 'no'), 200);
  expectStatus(await world.dispute(id, { by: ann }), 201);
  await asSecond(async (on) => {
    await on.goto('/operator');
    const item = itemOf(on, question);
    await item.getByText('It says otherwise').waitFor();
    const { form, send } = await begin(item, 'Rule');
    await form.getByLabel('Reason').fill('I looked myself');
    // No outcome is the usual one.
    await send.click();
    await form.locator('.choice .react-aria-FieldError').waitFor();
    await form.getByText('Yes', { exact: true }).first().click();
    await send.click();
    await form.getByText('Rule that it is Yes, for good?').waitFor();
    await yes(form);
    await item.waitFor({ state: 'detached' });
  });
  await world.ends(id);
  expect(await world.service.get(id)).toMatchObject({
    outcome: 'yes',
    dispute: { ruling: { operator: second.handle, reason: 'I looked myself' } },
  });
});

it('a proposal of governance is vetoed in public', async () => {
  const whale = await world.addBettor(100_000);
  const title = `More ${markup}`;
  const body = { kind: 'text', title, text: 'For all.' };
  expectStatus(await world.post('/governance/proposals', whale, body), 201);
  await page.goto('/operator#proposals');
  const item = itemOf(page, title);
  await decide(item, 'Veto', `Against the law ${markup}`);
  await item.waitFor({ state: 'detached' });
  await page.goto('/governance');
  await page.getByRole('link', { name: title }).click();
  await page.getByText(`Against the law ${markup}`).waitFor();
  await page.getByText(first.handle).first().waitFor();
});

it('a model is priced, announced for holders of its IMO, and the IMO called off', async () => {
  const model = 'rare';
  await page.goto('/operator/models');
  const models = page.getByRole('region', { name: 'Models' }).first();
  const pricing = await begin(models, 'Add a model');
  const fill = async (form: Locator, values: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(values)) {
      await form.locator(`[name="${name}"]`).fill(value);
    }
  };
  await fill(pricing.form, {
    ...{ id: model, maxInput: '1000', maxOutput: '1000', reason: 'A scarce one' },
    ...{ 'list.input': '2', 'list.cachedInput': '2', 'list.output': '8' },
    ...{ 'cost.input': '1', 'cost.cachedInput': '1', 'cost.output': '7' },
  });
  await pricing.form.getByLabel('Who may call it').selectOption('imo');
  await pricing.send.click();
  await yes(pricing.form);
  // 70% of the list price must cover it.
  await pricing.form.getByRole('alert').waitFor();
  await fill(pricing.form, { 'list.output': 'eight' });
  await pricing.send.click();
  await yes(pricing.form);
  await pricing.form
    .locator('.field', { has: page.locator('[name="list.output"]') })
    .locator('.react-aria-FieldError')
    .waitFor();
  await photograph(page, 'operator-price-refused');
  await fill(pricing.form, { 'list.output': '10' });
  await pricing.send.click();
  await yes(pricing.form);
  await models.getByText('Done: add a model.').waitFor();

  await page.goto('/operator#imos');
  const imos = page.getByRole('region', { name: 'IMOs' }).first();
  const announcing = await begin(imos, 'Announce an IMO');
  const inHours = (hours: number) => localTimeText(Date.now() + hours * 3_600_000).slice(0, 16);
  await fill(announcing.form, {
    ...{ model, quota: '0', opensAt: inHours(-1), closesAt: inHours(1), expiresAt: inHours(2) },
    ...{ minLocked: '5', reason: 'A new model' },
  });
  await announcing.send.click();
  await yes(announcing.form);
  await announcing.form.locator('.react-aria-FieldError').first().waitFor();
  await fill(announcing.form, { quota: '5000' });
  await announcing.send.click();
  await yes(announcing.form);
  await imos.getByText('Done: announce an IMO.').waitFor();
  const item = itemOf(page, model);
  await item.getByText('5,000 tokens').waitFor();
  await photograph(page, 'operator-imo');
  await decide(item, 'Cancel', `Withdrawn ${markup}`);
  await item.waitFor({ state: 'detached' });
  await page.goto('/launchpad');
  await page.getByRole('link', { name: model }).first().click();
  await page.getByText(`Withdrawn ${markup}`).waitFor();
});

it('what is refused after its form has gone is told above the page', async () => {
  const question = `Who was first? ${markup}`;
  const id = await world.propose({ question });
  await page.goto('/operator');
  const item = itemOf(page, question);
  const { form, send } = await begin(item, 'Reject');
  await form.getByLabel('Reason').fill('Nobody can tell');
  await send.click();
  // Somebody else approves it before the answer comes, and what waits has it no more.
  await page.route('**/reject', async (route) => {
    expectStatus(await world.approve(id), 200);
    expectStatus(await world.void(id), 200);
    await item.waitFor({ state: 'detached' });
    await route.continue();
  });
  await yes(form);
  const refused = page.getByRole('region', { name: 'What was refused' });
  await refused.getByRole('alert').waitFor();
  await photograph(page, 'operator-late-refusal');
  await refused.getByRole('button', { name: 'Understood' }).click();
  await refused.waitFor({ state: 'detached' });
  await page.locator('#page:focus').waitFor();
  await page.unroute('**/reject');
});

it('a user is found, frozen with the reason, and freed again', async () => {
  const [ann] = world.bettors;
  const frozenAt = async () => (await site.api.context.services.users.get(ann.id)).frozenAt;
  await page.goto('/operator/users');
  await page.getByLabel('Part of a handle').fill(ann.handle);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('link', { name: ann.handle }).click();
  const item = itemOf(page, ann.handle);
  const freezing = await begin(item, 'Freeze');
  await freezing.form.getByLabel('Reason').fill(`Stolen key ${markup}`);
  await freezing.send.click();
  await item.getByText(`Stolen key ${markup}`).waitFor();
  expect(await frozenAt()).not.toBeNull();
  const freeing = await begin(item, 'Unfreeze');
  await freeing.form.getByLabel('Reason').fill('It was not');
  await freeing.send.click();
  await item.getByRole('button', { name: 'Freeze', exact: true }).waitFor();
  expect(await frozenAt()).toBeNull();
});

it('a list that cannot be had is not told as empty, also when its page is left and opened anew', async () => {
  const visit = await site.open(first);
  const queue = visit.page.locator('#deposits');
  await visit.page.route('**/api/v1/admin/deposits?*', (route) =>
    route.fulfill({ status: 503, json: { title: 'Away', status: 503, detail: 'Come back.' } }),
  );
  await visit.page.goto('/operator');
  await queue.getByText('Come back.').waitFor();
  expect(await queue.getByText('No deposit waits.').count()).toBe(0);
  await visit.page.getByRole('link', { name: 'Wallet' }).click();
  await visit.page.getByRole('heading', { level: 1, name: 'Wallet' }).waitFor();
  await visit.page.goBack();
  await queue.getByText('Loading …').waitFor();
  expect(await queue.getByText('No deposit waits.').count()).toBe(0);
  await visit.page.unrouteAll({ behavior: 'ignoreErrors' });
  await queue.getByText('No deposit waits.').waitFor();
  await visit.context.close();
});

it('a channel is switched off, and its key goes in and never comes out', async () => {
  const { items } = await site.api.context.services.channels.list({ limit: 1 });
  const [channel] = items;
  await page.goto('/operator/channels');
  const item = itemOf(page, channel?.name ?? '');
  const disabling = await begin(item, 'Disable');
  await disabling.form.getByLabel('Reason').fill('It is slow');
  await disabling.send.click();
  await item.getByRole('button', { name: 'Enable' }).waitFor();

  const secret = 'sk-never-to-be-seen-1234';
  const editing = await begin(item, 'Edit');
  await editing.form.getByLabel('Models').fill('[{');
  await editing.form.getByLabel('New key').fill(secret);
  await editing.form.getByLabel('Reason').fill('A new key');
  await editing.send.click();
  await editing.form.getByText('This is not JSON').first().waitFor();
  await editing.form.getByLabel('Models').fill('[{"id": "chat", "upstreamId": "mock-mini"}]');
  await editing.form.getByLabel('Priority: ').fill('');
  await editing.send.click();
  await editing.form
    .locator('.field', { hasText: 'Priority: ' })
    .locator('.react-aria-FieldError')
    .waitFor();
  await editing.form.getByLabel('Priority: ').fill('3');
  await editing.send.click();
  await item.getByText('set by an operator').waitFor();
  await item.getByText('Done: edit.').waitFor();
  expect(await page.content()).not.toContain(secret);
  expect(await site.api.context.services.channels.find(channel?.id ?? '')).toMatchObject({
    enabled: false,
    apiKeyFrom: 'operator',
    priority: 3,
    models: [{ id: 'chat' }],
  });
});

it('for everybody else there is no such page', async () => {
  const theirs = await site.open(world.proposer);
  for (const path of ['/operator', '/operator/users', '/operator/audit-log']) {
    await theirs.page.goto(path);
    await theirs.page.getByRole('heading', { name: 'Not found' }).waitFor();
    expect(await theirs.page.getByRole('main').innerText()).toBe(
      'Not found\n\nThere is no such page.',
    );
  }
  expect(await theirs.page.getByRole('group', { name: 'Operators' }).count()).toBe(0);
  expect(theirs.complaints).toEqual([]);
});
