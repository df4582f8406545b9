// Every page of the menu in a real browser, before anybody has done anything: sound for those who hear or type it, in light and in
// dark, and fitting a phone.
import type { SignedUp } from '../api/harness';
import { fitsWidth, photograph, seriousFaults, signIn } from './browser';
import { openConsole, type ConsoleWorld } from './console-world';

const wide = { width: 1_366, height: 900 };
const phone = { width: 360, height: 740 };

let world: ConsoleWorld & { close(): Promise<void> };
let operator: SignedUp;
beforeAll(async () => {
  world = await openConsole();
  operator = await world.api.appoint();
});
afterAll(() => world.close());

it('all of them', async () => {
  const visited = await world.visit();
  const { page, complaints } = visited;
  const look = async (href: string) => {
    const name = href === '/' ? 'overview' : href.slice(1).replaceAll('/', '-');
    expect([href, await seriousFaults(page)]).toEqual([href, []]);
    await photograph(page, `${name}-light`);
    await page.emulateMedia({ colorScheme: 'dark' });
    // All else is as it was in the light.
    expect([href, await seriousFaults(page, ['color-contrast'])]).toEqual([href, []]);
    await photograph(page, `${name}-dark`);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(phone);
    expect([href, await fitsWidth(page)]).toEqual([href, true]);
    await photograph(page, `${name}-phone`);
    await page.setViewportSize(wide);
  };
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await look('/sign-in');
  await signIn(visited, operator);
  await page.goto('/');
  await page.getByRole('link', { name: 'L-Exchange' }).waitFor();
  const links = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').all();
  expect(links.length).toBeGreaterThan(10);
  for (const link of links) {
    await link.click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByText('Loading …').first().waitFor({ state: 'detached' });
    await look((await link.getAttribute('href')) ?? '');
  }
  expect(complaints).toEqual([]);
});
