// Transparency in a real browser: burns, what one is owed and the head are checked there, and lies are told as such.
import type { Page, Route } from 'playwright-core';
import { signCheckpoint } from '../../domain/checkpoint';
import { createLogSigner } from '../../services/proofs/log-signer';
import { snapshotLiabilities } from '../../services/proofs/liabilities';
import type { SignedUp } from '../api/harness';
import { createWorld, type World } from '../buybacks/world';
import { burn } from '../proofs/burn-support';
import { fitsWidth, photograph, seriousFaults } from './browser';
import { openConsole, type ConsoleWorld } from './console-world';

const seed = '2a'.repeat(32);
const signer = createLogSigner(Buffer.from(seed, 'hex'))!;
const stranger = createLogSigner(Buffer.alloc(32, 6))!;

let market: World;
let world: ConsoleWorld;
let ann: SignedUp;
let burner: string;
let buybackId: string;
beforeAll(async () => {
  market = await createWorld();
  const reach = () => Promise.resolve(market.database.url);
  world = await openConsole({ reach }, { LOG_SIGNING_KEY: seed });
  await market.mark('0.1');
  await market.sell('0.1');
  burner = await market.addTrader('1', '10000');
  for (const amount of ['1', '2.5', '0.00000042']) await burn(market.committer, burner, amount);
  ({ id: buybackId } = (await market.runExtra()).buyback);
  ann = await world.api.signUp();
  await market.deposit(ann.id, '12.5');
  await snapshotLiabilities({ db: market.db, committer: market.committer });
});
afterAll(async () => {
  await world.close();
  await market.close();
});

const read = async <T>(path: string) =>
  (await world.api.send('GET', path, { headers: { accept: 'application/json' } })).as<T>();
const openPage = async (over = {}) => {
  const visited = await world.open(ann, over);
  await visited.page.goto('/transparency');
  await visited.page.getByText('The head is sound.').waitFor();
  return visited;
};
const verify = (page: Page, seq: number) =>
  page.getByRole('button', { name: `Verify burn ${seq}` }).click();
const resultOf = (page: Page, seq: number) =>
  page.getByRole('region', { name: `Verification of burn ${seq}` });

/** Lets the server lie about one path. */
function lie(page: Page, path: RegExp, edit: (body: never) => unknown) {
  return page.route(path, async (route: Route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: edit((await response.json()) as never) });
  });
}

/** Polling goes on until then. */
async function leave(page: Page) {
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.context().close();
}

it('a burn is verified in the browser, hash by hash, and the head with it', async () => {
  const { page, complaints } = await openPage();
  const head = page.getByRole('region', { name: 'Head of the burn log' });
  const { size, root } = await read<{ size: number; root: string }>('//api/v1/burns/head');
  await head.getByText(root).first().waitFor();
  await verify(page, 1);
  const result = resultOf(page, 1);
  await result.getByText('Burn #1 is in the signed log as shown.').waitFor();
  await result.getByText('hash by hash').click();
  const { hash } = await read<{ hash: string }>('/burns/1');
  expect(
    await result.getByRole('listitem').filter({ hasText: 'computed here' }).innerText(),
  ).toContain(hash);
  const { path } = await read<{ path: string[] }>(`/burns/1/proof?size=${size}`);
  for (const sibling of path) await result.getByText(sibling).first().waitFor();
  expect(await result.getByText(root).count()).toBe(2);
  expect(await page.getByRole('row', { name: /^#1 / }).innerText()).toContain('verified');

  const past = page.getByRole('region', { name: 'Past buybacks' }).first();
  await past.getByRole('button', { name: `Show slices of ${buybackId}` }).click();
  await past.getByRole('table', { name: `Slices of ${buybackId}` }).waitFor();
  await past.getByRole('button', { name: 'Verify burn #3' }).click();
  await resultOf(page, 3).getByText('Burn #3 is in the signed log as shown.').waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await photograph(page, 'transparency-verified');

  await burn(market.committer, burner, '0.1');
  await page.getByRole('row', { name: /^#4 / }).waitFor();
  await head.getByText('The log of 5 goes on from the 4 that this tab saw first.').waitFor();
  await leave(page);
  expect(complaints).toEqual([]);
});

it('a burn that could not be asked for is asked for again, by itself and by its button', async () => {
  const { page, complaints } = await openPage();
  const result = resultOf(page, 2);
  const holds = result.getByText('Burn #2 is in the signed log as shown.');
  const refuseOnce = (status: number, detail: string) =>
    page.route(
      /burns\/2$/,
      (route) => route.fulfill({ status, json: { title: 'Not now', status, detail } }),
      { times: 1 },
    );
  await refuseOnce(503, 'The database is away.');
  await verify(page, 2);
  await holds.waitFor();

  await refuseOnce(429, 'Too many requests.');
  await verify(page, 2);
  await result.getByText('Too many requests.').waitFor();
  expect(await holds.count()).toBe(0);
  await refuseOnce(429, 'Still too many.');
  await result.getByRole('button', { name: 'Verify again' }).click();
  await result.getByText('Still too many.').waitFor();
  await verify(page, 2);
  await holds.waitFor();
  await leave(page);
  expect(complaints).toEqual([]);
});

it('what one is owed is verified to be in the total', async () => {
  const { page, complaints } = await openPage({
    viewport: { width: 360, height: 740 },
    colorScheme: 'dark',
  });
  await page.getByRole('button', { name: 'Verify my balance' }).click();
  await page.getByText('What you were owed is in the signed total.').waitFor();
  await page.getByText(/you were owed 12.5 Credits and 0 LCO/).waitFor();
  await lie(page, /liabilities\/proof/, ({ leaf, ...proof }: { leaf: object }) => ({
    ...proof,
    leaf: { ...leaf, credit: '12' },
  }));
  await page.getByRole('button', { name: 'Verify my balance' }).click();
  await page.getByText('THE PROOF IS WRONG').waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(await fitsWidth(page)).toBe(true);
  await photograph(page, 'transparency-phone');
  await leave(page);
  expect(complaints).toEqual([]);
});

it('calls beyond the newest ten can be verified, too', async () => {
  const { page, complaints } = await openPage();
  const receipt = (requestId: string) => ({
    ...{ requestId, at: '2026-01-01T10:00:00.000Z', model: 'gpt', charge: '1', mined: '10' },
  });
  await page.route(/\/usage\?/, (route) =>
    route.fulfill({
      json: route.request().url().includes('cursor=')
        ? { items: [receipt('older')], nextCursor: null }
        : { items: [receipt('newest')], nextCursor: 'c' },
    }),
  );
  const calls = page.getByRole('region', { name: 'My newest calls' }).first();
  await calls.getByRole('button', { name: 'Verify call newest' }).waitFor();
  await calls.getByRole('button', { name: 'More' }).click();
  await calls.getByRole('button', { name: 'Verify call older' }).waitFor();
  await leave(page);
  expect(complaints).toEqual([]);
});

describe('a server that lies is told as wrong', () => {
  it.each<[string, RegExp, (body: never) => unknown, string]>([
    [
      'about a record',
      /burns\/1$/,
      (burn: object) => ({ ...burn, amount: '2.4', supplyAfter: '1' }),
      'it was changed',
    ],
    [
      'about a sibling',
      /burns\/1\/proof/,
      (proof: { path: string[] }) => ({ ...proof, path: proof.path.map(() => '0'.repeat(64)) }),
      'ends at another root',
    ],
    [
      'about the head, when one is verified',
      /burns\/head$/,
      (head: { size: number }) => ({
        ...head,
        checkpoint: signCheckpoint(signer, head.size, Buffer.alloc(32, 1)),
      }),
      'of another log than was signed',
    ],
  ])('%s', async (_name, path, edit, told) => {
    const { page, complaints } = await openPage();
    await lie(page, path, edit);
    await verify(page, 1);
    const result = resultOf(page, 1);
    await result.getByText('BURN #1 IS WRONG').waitFor();
    await result.getByText(told).waitFor();
    expect(await page.getByRole('row', { name: /^#1 / }).innerText()).toContain('WRONG');
    await leave(page);
    expect(complaints).toEqual([]);
  });

  it('about the whole log, to a tab that has seen another one, also after a reload', async () => {
    const { page, complaints } = await openPage();
    await lie(page, /burns\/head$/, (head: { size: number }) => ({
      ...head,
      root: '01'.repeat(32),
      checkpoint: signCheckpoint(signer, head.size, Buffer.alloc(32, 1)),
    }));
    await page.getByText(/THE LOG WAS FORKED/).waitFor();
    await page.reload();
    await page.getByText(/THE LOG WAS FORKED/).waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await lie(page, /burns\/head$/, (head: object) => ({
      ...head,
      checkpoint: signCheckpoint(stranger, 1, Buffer.alloc(32, 1)),
    }));
    await page.getByText('The head is that of another log.').waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await lie(page, /burns\/head$/, (head: object) => ({ ...head, checkpoint: '<b>nothing</b>' }));
    await page.getByText('It is no signed note.').waitFor();
    await photograph(page, 'transparency-wrong');
    await leave(page);
    expect(complaints).toEqual([]);
  });
});
