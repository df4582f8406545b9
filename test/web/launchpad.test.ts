// The launchpad on its page: a lock, a share that shrinks as others lock, the quota, and the lock's return.
import { newId } from '../../ledger/ids';
import type { Imo } from '../../services/imos/imo-views';
import type { CallerWithKey } from '../relay/relay-world';
import { createImoWorld, scarceId, type ImoWorld } from '../workflows/imo-world';
import { fitsWidth, photograph } from './browser';
import { openConsole, type ConsoleWorld } from './console-world';

let world: ImoWorld;
let site: ConsoleWorld;
let ann: CallerWithKey;
let bob: CallerWithKey;
beforeAll(async () => {
  world = await createImoWorld();
  ann = await world.addHolder(10_000, 1_000);
  bob = await world.addHolder(50_000, 1_000);
  const url = world.api.databaseUrl;
  site = await openConsole({ reach: () => Promise.resolve(url) });
});
afterAll(async () => {
  await site.close();
  await world.close();
});

const long = { closesInMs: 600_000, expiresInMs: 900_000 };

/** The close, as its workflow would drive it at its time. */
async function closeNow(id: string): Promise<void> {
  const { services } = world.context;
  await world.reaches(id, ({ status }) => status === 'closing');
  await services.imos.close(id);
  await services.imos.weigh(id);
  await services.imos.allocate(id);
}

it('takes a lock, shows its share as it moves, and gives the lock back for the quota', async () => {
  const { page, context, complaints } = await site.open(ann);
  // The books hold its times against the announcement, so it is closed by waiting.
  const id = await world.announce({ ...long, closesInMs: 20_000 });
  await page.goto('/');
  await page.getByRole('link', { name: 'Launchpad' }).click();
  await page.getByText('You hold no quota.').waitFor();
  await page.getByRole('link', { name: scarceId }).click();
  const amount = page.getByLabel('LCO to lock');
  const lock = page.getByRole('button', { name: 'Lock' });
  const expected = async () => (await world.subscriptionOf(id, ann)).expectedAllocation;

  await amount.fill('a hundred');
  await lock.click();
  await page.locator('.field', { has: amount }).locator('.react-aria-FieldError').waitFor();
  await amount.fill('5000');
  await lock.click();
  await page.getByRole('alert').getByText('Insufficient', { exact: false }).waitFor();
  expect(await world.balanceOf(ann, 'LCO', 'imo')).toBe('0');

  await amount.fill('100');
  await page.getByText('With this you would get 1,000 tokens').waitFor();
  await lock.click();
  const own = page.getByRole('region', { name: 'Your subscription' });
  await own.getByText('1,000 tokens').waitFor();
  expect(await expected()).toBe(1_000);
  expect(await world.balanceOf(ann, 'LCO', 'imo')).toBe('100');

  // An LCO of his counts three.
  await world.subscribe(id, bob, '100');
  await own.getByText('250 tokens').waitFor();
  await own.getByText('25% of all weighted locks').waitFor();
  expect(await expected()).toBe(250);
  await page.getByLabel('LCO to lock').fill('200.5');
  await page.getByText('With this you would get 500 tokens').waitFor();
  await photograph(page, 'launchpad-open');
  await lock.click();
  await own.getByText('500 tokens').waitFor();
  expect(await expected()).toBe(500);

  await closeNow(id);
  await own.getByText('were allocated to you').waitFor();
  const { allocation } = await world.subscriptionOf(id, ann);
  expect(allocation).toBe(500);
  await page.getByRole('region', { name: 'State' }).getByText('Active').waitFor();
  expect(await lock.count()).toBe(0);
  await photograph(page, 'launchpad-active');
  await page.getByRole('main').getByRole('link', { name: 'Launchpad' }).click();
  const quotas = page.getByRole('region', { name: 'Your quotas' }).first();
  expect(await quotas.getByRole('row', { name: scarceId }).textContent()).toContain('500 tokens');
  await photograph(page, 'launchpad');
  await quotas.getByRole('link', { name: scarceId }).click();

  await page.getByRole('button', { name: 'Give the quota up' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await own.getByText('you gave your quota up').waitFor();
  expect(await world.subscriptionOf(id, ann)).toMatchObject({ returnReason: 'given_up', left: 0 });
  expect(await world.balanceOf(ann, 'LCO', 'available')).toBe('1000');
  expect(await page.getByRole('button', { name: 'Give the quota up' }).count()).toBe(0);
  expect(complaints).toEqual([]);
  await context.close();
});

it('says who may subscribe, why an IMO was cancelled, and what is not there', async () => {
  const id = await world.announce({ ...long, minParticipants: 5, minLocked: '1000' });
  const novice = await world.api.signUp();
  const { page, context, complaints } = await site.open(novice, {
    viewport: { width: 360, height: 740 },
  });
  await page.goto(`/launchpad/${id}`);
  await page.getByText('Subscriptions are for level Lv3 and above; you are Lv1.').waitFor();
  await page.getByText('0 of 1,000 LCO').waitFor();
  await photograph(page, 'launchpad-phone');

  const reason = `<b onclick=alert(1)>Withdrawn</b> ${'x'.repeat(10_000)}`;
  const { imo } = (await world.api.send('GET', `/imos/${id}`)).as<{ imo: Imo }>();
  const cancelled = { ...imo, status: 'cancelled', endedAt: imo.opensAt, cancelReason: reason };
  await page.route(`**/api/v1/imos/${id}`, (way) => way.fulfill({ json: { imo: cancelled } }));
  await page.getByText(reason).waitFor();
  expect(await fitsWidth(page)).toBe(true);

  await page.goto(`/launchpad/${newId()}`);
  await page.getByText('There is no such IMO.').waitFor();
  await page.goto('/launchpad/nothing');
  await page.getByRole('alert').waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});
