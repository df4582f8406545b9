// A real browser for tests: a Chromium of this machine's, which nothing here installs.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { source as axeSource } from 'axe-core';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';
import { projectRoot } from '../../launch/paths';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A browser beside PostgreSQL, Temporal and other tests on two cores may take its time. */
const patienceMs = 120_000;
const screenshots = join(projectRoot(), 'dist', 'screenshots');

/** @throws Error that says what is missing and how to get it */
function findChromium(): string {
  const named = process.env['CHROMIUM_PATH'];
  const path = [...(named === undefined ? usualPlaces : [named])].find((place) =>
    existsSync(place),
  );
  if (path !== undefined) return path;
  throw new Error(
    named === undefined
      ? 'These tests need a Chromium and found none. On Debian: `apt-get install chromium`; elsewhere set CHROMIUM_PATH to that of a Chromium or Chrome.'
      : `CHROMIUM_PATH is ${named}, where there is no file.`,
  );
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    // Chromium's own sandbox does not work as root, /dev/shm is small in containers, and nobody sees what a GPU would draw.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--process-per-site'],
  });
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained of so far: errors of its console, exceptions, and requests to any other host. */
  readonly complaints: string[];
}

/** The browser itself logs every refusal, and that something is not there yet; those are what a page shows its user. */
const refusal = /Failed to load resource: the server responded with a status of (?:4\d\d|503)/;

/** A browser of somebody's, with no cookie yet. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1_366, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !refusal.test(message.text())) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (/^(?:https?|wss?):$/.test(asked.protocol) && asked.host !== new URL(url).host) {
      complaints.push(`asked ${request.url()}`);
    }
  });
  return { page, context, complaints };
}

export interface Person {
  readonly email: string;
  readonly password: string;
}

/** Signs in by the form, as a user does. */
export async function signInByForm(page: Page, { email, password }: Person): Promise<void> {
  await page.goto('/');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'L-Exchange' }).waitFor();
}

/** Keeps a picture of the whole page in dist/screenshots. */
export async function photograph(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

interface AxeWindow {
  readonly axe: {
    run(options: object): Promise<{
      readonly violations: readonly {
        readonly id: string;
        readonly impact: string | null;
        readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
      }[];
    }>;
  };
}

/**
 * What axe-core finds serious or critical about a page as it stands; to be none.
 * @param rules by their names; all of them unless told
 */
export async function seriousFaults(page: Page, rules?: readonly string[]): Promise<string[]> {
  const options = {
    resultTypes: ['violations'],
    ...(rules === undefined ? {} : { runOnly: rules }),
  };
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(
    (asked) => (globalThis as unknown as AxeWindow).axe.run(asked),
    options,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
    );
}

/** Whether everything fits the width of the window: a page scrolls down alone. */
export function fitsWidth(page: Page): Promise<boolean> {
  return page.evaluate(
    'document.documentElement.scrollWidth <= document.documentElement.clientWidth',
  );
}

/** Signs in as the form does, without it: the next page that is opened is theirs. */
export async function signIn({ context }: Visit, person: Person): Promise<void> {
  const { email, password } = person;
  const answer = await context.request.post('/api/v1/sessions', { data: { email, password } });
  if (!answer.ok()) throw new Error(await answer.text());
}
