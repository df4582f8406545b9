// Signing in, up and out in a real browser; a session that ends, an API that is away.
import { password, type SignedUp } from '../api/harness';
import { fitsWidth, photograph, signInByForm } from './browser';
import { openConsole, type ConsoleWorld } from './console-world';

let world: ConsoleWorld;
let user: SignedUp;
beforeAll(async () => {
  world = await openConsole();
  user = await world.api.signUp();
});
afterAll(() => world.close());

it('signs up once the risks are accepted, and says by the fields what is wrong', async () => {
  const { page, complaints } = await world.visit();
  await page.goto('/staking');
  await page.getByRole('button', { name: 'I have no account yet' }).click();
  const send = page.getByRole('button', { name: 'Sign up' });
  await page.getByLabel('E-mail').fill('newcomer@example.com');
  await page.getByLabel('Handle').fill('newcomer');
  await page.getByLabel('Password').fill('short');
  expect(await send.isDisabled()).toBe(true);
  await page.getByLabel('I have read the risks').check();
  await send.click();
  const field = page.locator('.field', { has: page.getByLabel('Password') });
  await field.locator('.react-aria-FieldError').waitFor();
  await photograph(page, 'sign-up-refused');
  await page.getByLabel('Password').fill(password);
  // The account is made, and signing in to it fails at first.
  await page.route('**/sessions', (route) => route.fulfill({ status: 503 }));
  await send.click();
  await page.getByRole('alert').getByText('The API answered 503').first().waitFor();
  await page.unroute('**/sessions');
  await send.click();
  // The page that was asked for.
  await page.getByRole('heading', { name: 'Staking', level: 1 }).waitFor();
  expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).toBe(
    '[{},{}]',
  );
  expect(complaints).toEqual([]);
});

it('tells who is not known, and lets the demo user in on demo instances alone', async () => {
  const { page } = await world.visit();
  await page.goto('/');
  await page.getByLabel('E-mail').fill(user.email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByRole('button', { name: 'demo user' }).click();
  await page.getByText('This is not a demo instance.').waitFor();
});

it('comes back to the page after a session has ended, and keeps nothing of whoever was there', async () => {
  const { page, context } = await world.open(user);
  await page.goto('/keys');
  await page.getByRole('heading', { name: 'First key' }).waitFor();
  await context.clearCookies();
  await page.getByLabel('Name').fill('too late');
  await page.getByRole('button', { name: 'Make' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.getByText('Your session has ended.').waitFor();
  expect(await page.getByText('First key').count()).toBe(0);
  const other = await world.api.signUp();
  await page.getByLabel('E-mail').fill(other.email);
  await page.getByLabel('Password').fill(other.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
  await page.getByText(other.handle).waitFor();
  await page.route('**/sessions', (route) => route.fulfill({ status: 503 }));
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You may still be signed in.').waitFor();
  await page.unroute('**/sessions');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  expect(await page.getByText('Your session has ended.').count()).toBe(0);
  expect((await context.cookies()).map(({ name }) => name)).toEqual([]);
});

it('shows nothing of whoever was there once another page has signed somebody else in', async () => {
  const { page, context } = await world.open(user);
  await page.goto('/keys');
  await page.getByLabel('Name').fill('half written');
  const other = await world.api.signUp();
  const otherPage = await context.newPage();
  await otherPage.goto('/');
  await otherPage.getByRole('button', { name: 'Sign out' }).click();
  await signInByForm(otherPage, other);
  await otherPage.getByText(other.handle).waitFor();
  await page.getByText(other.handle).waitFor();
  await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
  expect(await page.getByLabel('Name').inputValue()).toBe('');
  expect(await page.getByText(user.handle).count()).toBe(0);
});

it('says that the API is away, keeps what is shown, and goes on when it is back', async () => {
  const { page, context } = await world.open(user);
  await page.goto('/staking');
  await page.getByRole('heading', { name: 'Levels' }).waitFor();
  await context.setOffline(true);
  await page.getByLabel('LCO').first().fill('5');
  await page.getByRole('button', { name: 'Stake', exact: true }).click();
  await page.getByText('The API cannot be reached').first().waitFor();
  await page.getByRole('cell', { name: 'what they cost' }).waitFor();
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Stake', exact: true }).click();
  await page.getByText('available').first().waitFor();
  // A page whose files were never asked for comes as soon as they do.
  await context.setOffline(true);
  await page.getByRole('link', { name: 'Wallet' }).click();
  await page.getByText('Loading …').waitFor();
  await page.waitForTimeout(4_000);
  await context.setOffline(false);
  await page.getByRole('heading', { name: 'Wallet', level: 1 }).waitFor();
  // Nor is there anything where no page is.
  await page.goto('/nothing%0Ax');
  await page.getByRole('heading', { name: 'Not found' }).waitFor();
});

it('tells who is frozen why, on every page', async () => {
  const frozen = await world.api.signUp();
  const operator = await world.api.appoint();
  const body = { reason: 'A stolen <b>card</b>' };
  const path = `/admin/users/${frozen.id}/freeze`;
  expect((await world.api.send('POST', path, { key: operator.key, body })).status).toBe(200);
  const { page, complaints } = await world.open(frozen);
  await page.goto('/staking');
  await page.getByRole('status').getByText(body.reason).waitFor();
  expect(complaints).toEqual([]);
});

it('a key is made once however often its button is pressed, and never until no time at all', async () => {
  const maker = await world.api.signUp();
  const { page, complaints } = await world.open(maker);
  await page.goto('/keys');
  await page.getByLabel('Name').fill('W'.repeat(60));
  await page.getByText('Limits').first().click();
  await page.getByLabel(/^Until/).fill('20270-01-01T00:00');
  await page.getByRole('button', { name: 'Make' }).click();
  await page.locator('.field', { hasText: 'Until' }).locator('.react-aria-FieldError').waitFor();
  await page.getByLabel(/^Until/).fill('');
  await page.getByRole('button', { name: 'Make' }).dblclick({ delay: 60 });
  await page.getByText('Copy it now').waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await fitsWidth(page)).toBe(true);
  const keys = await world.api.send('GET', '/api-keys', { key: maker.key });
  expect(keys.as<{ items: object[] }>().items).toHaveLength(2);
  expect(complaints).toEqual([]);
});

it('a handle of HTML cannot be, and a name of HTML is text', async () => {
  const name = '<img src=x onerror="document.title=1">'.repeat(2);
  const { page, complaints } = await world.visit();
  await signInByForm(page, user);
  await page.goto('/keys');
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Make' }).click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
  expect(await page.title()).toBe('Keys – L-Exchange');
  expect(complaints).toEqual([]);
});

it('names its pages, and keeps the focus in them when what had it has gone', async () => {
  const { page } = await world.open(user, { viewport: { width: 360, height: 740 } });
  const focused = (selector: string) => page.locator(`${selector}:focus`).waitFor();
  await page.goto('/keys');
  await page.getByRole('button', { name: 'Revoke' }).first().press('Enter');
  await page.getByRole('button', { name: 'No' }).press('Enter');
  await page.locator('main button:focus', { hasText: 'Revoke' }).waitFor();

  // The menu closes over its link.
  await page.getByRole('button', { name: 'Menu' }).press('Enter');
  await page.getByRole('link', { name: 'Staking' }).press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Staking' }).waitFor();
  await focused('#page');
  expect(await page.title()).toBe('Staking – L-Exchange');
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
  const menu = page.getByRole('button', { name: 'Menu' });
  expect(await menu.getAttribute('aria-expanded')).toBe('false');
  // This one goes with its page.
  await page.goto('/governance/one');
  await page.getByRole('link', { name: 'All proposals' }).press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Governance' }).waitFor();
  await focused('#page');
  expect(await page.title()).toBe('Governance – L-Exchange');
});
