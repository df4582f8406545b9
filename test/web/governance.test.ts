// Governance in a real browser: proposing by the form, voting, and those who may not.
import { newId } from '../../ledger/ids';
import { pacedWindows } from '../support/pace';
import { aText, createGovernanceWorld, type GovernanceWorld } from '../workflows/governance-world';
import { fitsWidth, photograph, seriousFaults } from './browser';
import { openConsole, type ConsoleWorld } from './console-world';

const windows = {
  governancePending: '1s',
  governanceActive: '10m',
  governanceExtension: '0s',
  governanceQueued: '1h',
  governanceExpiry: '1h',
};
const phone = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } as const;

let chain: GovernanceWorld;
let world: ConsoleWorld;
beforeAll(async () => {
  chain = await createGovernanceWorld(windows);
  const reach = () => Promise.resolve(chain.api.databaseUrl);
  world = await openConsole({ reach }, { WINDOWS: pacedWindows(windows) });
});
afterAll(async () => {
  await world.close();
  await chain.close();
});

it('a Whale proposes by the form, others vote, and the tally moves by itself', async () => {
  const [ann, bob] = chain.whales;
  const { page, complaints } = await world.open(ann);
  await page.goto('/governance');
  await page.getByText('No proposal is being voted on.').waitFor();
  await page.getByLabel('Parameter', { exact: true }).selectOption('exchange.takerFeeBps');
  await page.getByText('it may be 0 to 100 basis points').waitFor();
  await page.getByLabel('New value').fill('101');
  await page.getByLabel('Title').fill('<b>A higher fee</b>');
  await page.getByLabel('Why').fill('For the <i>treasury</i>.\nIt is needed.');
  await page.getByRole('button', { name: 'Propose' }).click();
  await page.getByRole('alert').filter({ hasText: 'exchange.takerFeeBps' }).waitFor();
  await photograph(page, 'governance-refused');
  await page.getByLabel('New value').fill('20');
  await page.getByLabel('Title').fill(' ');
  await page.getByRole('button', { name: 'Propose' }).click();
  await page.locator('.react-aria-FieldError').waitFor();
  await page.getByLabel('Title').fill('<b>A higher fee</b>');
  await page.getByRole('button', { name: 'Propose' }).click();
  await page.getByRole('heading', { level: 1, name: '<b>A higher fee</b>' }).waitFor();
  await page.getByText('For the <i>treasury</i>.').waitFor();
  const id = page.url().split('/').at(-1) ?? '';
  expect(await chain.read(id)).toMatchObject({
    proposal: {
      proposer: ann.handle,
      parameter: { name: 'exchange.takerFeeBps', value: 20, valueBefore: 10 },
    },
  });

  const other = await world.open(bob, phone);
  await other.page.goto(`/governance/${id}`);
  await other.page.getByRole('button', { name: 'For', exact: true }).click();
  await other.page.getByRole('button', { name: 'Yes, vote for' }).click();
  await other.page.getByText('You voted').waitFor();
  expect(await chain.read(id, bob.key)).toMatchObject({
    proposal: { status: 'active', tally: { for: '100000', voters: 1 } },
    own: { choice: 'for' },
  });
  // The other browser was told nothing.
  await page.getByRole('row', { name: new RegExp(bob.handle) }).waitFor();
  const gauge = page.getByRole('meter', { name: 'Quorum' });
  expect(await gauge.getAttribute('aria-valuetext')).toBe('100,000 of 80,000 LCO, voters 1 of 3');
  for (const each of [page, other.page]) {
    expect(await seriousFaults(each)).toEqual([]);
    expect(await fitsWidth(each)).toBe(true);
  }
  await photograph(page, 'governance-proposal');
  await photograph(other.page, 'governance-proposal-phone');

  await page.getByRole('link', { name: 'All proposals' }).click();
  await page.getByRole('region', { name: 'Voting now' }).getByText('A higher fee').waitFor();
  await page.getByRole('button', { name: 'Show history of exchange.takerFeeBps' }).click();
  await page.getByText('It has its default value and was never changed.').waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await photograph(page, 'governance');
  await Promise.all([page.context().close(), other.context.close()]);
  expect([...complaints, ...other.complaints]).toEqual([]);
});

it('levels are proposed one by one, and a text changes nothing', async () => {
  const { page, complaints } = await world.open(chain.whales[1]);
  await page.goto('/governance');
  await page.getByLabel('Parameter', { exact: true }).selectOption('tiers.concurrency');
  await page.getByLabel('Lv1').fill('7');
  await page.getByLabel('Title').fill('More at once');
  await page.getByLabel('Why').fill('Machines are idle.');
  await page.getByRole('button', { name: 'Propose' }).click();
  await page.getByRole('heading', { level: 1, name: 'More at once' }).waitFor();
  const id = page.url().split('/').at(-1) ?? '';
  const { proposal } = await chain.read(id);
  expect(proposal.parameter?.value).toEqual({ Lv1: 7, Lv2: 50, Lv3: 50, Lv4: 100, Whale: 200 });

  await page.goto('/governance');
  await page.getByText('A text', { exact: true }).click();
  await page.getByLabel('Title').fill('Longer');
  await page.getByLabel('Why').fill('x'.repeat(4_000));
  await page.getByRole('button', { name: 'Propose' }).click();
  await page.getByRole('heading', { level: 1, name: 'Longer' }).waitFor();
  await page.setViewportSize(phone.viewport);
  expect(await fitsWidth(page)).toBe(true);
  await page.context().close();
  expect(complaints).toEqual([]);
});

it('who is no Whale is told why, and an unknown proposal is none', async () => {
  const id = await chain.propose({ ...aText, title: 'Noon' }, chain.whales[2]);
  const stranger = await world.api.signUp();
  const { page, complaints } = await world.open(stranger);
  await page.goto('/governance');
  await page.getByText(/Only Whales propose and vote: 100,000 LCO must be staked/).waitFor();
  expect(await page.getByRole('button', { name: 'Propose' }).count()).toBe(0);
  await page.getByRole('link', { name: 'Noon' }).first().click();
  await page.getByText('only who was a Whale when it was proposed votes on it').waitFor();
  expect(await page.getByRole('button', { name: 'For', exact: true }).count()).toBe(0);
  expect((await chain.read(id)).votes).toEqual([]);

  // Who may vote by the snapshot, and cannot be told by what is staked now, finds no ballot.
  const whale = await world.open(chain.whales[0]);
  const refused = { status: 403, json: { title: 'Not now' } };
  await whale.page.route('**/api/v1/staking', (route) => route.fulfill(refused));
  for (const path of [`/governance/${id}`, '/governance']) {
    await whale.page.goto(path);
    await whale.page.getByRole('alert').filter({ hasText: 'Not now' }).waitFor();
    expect(await whale.page.getByRole('button', { name: 'For', exact: true }).count()).toBe(0);
  }
  await whale.page.context().close();
  for (const unknown of [newId(), 'one']) {
    await page.goto(`/governance/${unknown}`);
    await page.getByRole('alert').waitFor();
    await page.getByRole('link', { name: 'All proposals' }).waitFor();
  }
  expect(complaints).toEqual([]);
});
