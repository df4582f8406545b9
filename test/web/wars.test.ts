// Compute Wars on its page: the ranking moves while one looks at it, the round ends, and its champion chooses.
import type { PublicRound } from '../../services/wars/wars';
import { createWarsWorld, type BoardAnswer, type WarsWorld } from '../workflows/wars-world';
import { eventually } from '../workflows/support';
import { fitsWidth, photograph, type Visit } from './browser';
import { openConsole, type ConsoleWorld } from './console-world';

let world: WarsWorld;
let site: ConsoleWorld;
beforeAll(async () => {
  world = await createWarsWorld({
    warsRound: '4d',
    warsProvisional: '1ms',
    warsPerkChoice: '1h',
    warsPerk: '1h',
  });
  await world.endow('prize_pool', '0.001');
  await world.endow('free_calls', '5');
  const url = world.api.databaseUrl;
  site = await openConsole({ reach: () => Promise.resolve(url) });
});
afterAll(async () => {
  await site.close();
  await world.close();
});

const ranking = ({ page }: Visit) => page.getByRole('region', { name: /^Ranking/ });

/** The round is over: its time is up by its row. */
async function endRound(id: string): Promise<PublicRound> {
  const { db, services } = world.context;
  await db('war_rounds').where({ id }).update({ ends_at: db.fn.now() });
  await services.wars.close(id);
  await eventually(async () => (await services.wars.finalise(id)).round.status !== 'provisional');
  await services.wars.pay(id);
  const { round } = await services.wars.get(id);
  return round;
}

it('moves as others spend, and says what one lacks and would win', async () => {
  const { player, rival } = world;
  await world.call(player);
  await world.call(player);
  const visit = await site.open(player);
  const { page, complaints } = visit;
  await page.goto('/');
  await page.getByRole('link', { name: 'Compute Wars' }).click();
  const mine = ranking(visit).getByRole('row', { name: player.handle });
  await expect(mine.textContent()).resolves.toContain(`${player.handle} (you)`);
  await page.getByText('Rank 1', { exact: true }).waitFor();
  await ranking(visit).locator('..').getByText('live', { exact: true }).waitFor();
  await page.evaluate('globalThis.isSamePage = true');
  const before = await world.read('current', player.key);
  expect(before.own).toMatchObject({ rank: 1, gap: null });

  for (let i = 0; i < 3; i++) await world.call(rival);
  await page.getByText('Rank 2', { exact: true }).waitFor();
  const { own, round } = await world.read('current', player.key);
  expect(own).toEqual({ rank: 2, score: '0.000352', gap: '0.000176' });
  const place = page.getByRole('region', { name: 'Your place' });
  const text = (await place.textContent()) ?? '';
  expect(text).toContain('Spent in this round0.000352 Credits');
  expect(text).toContain('To rank 10.000176 Credits');
  // 18% of what the pool has.
  expect(round.prizePool).toBe('0.001');
  expect(text).toContain('You would win now0.00018 LCO');
  const rows = await ranking(visit).getByRole('row').allTextContents();
  expect(rows.findIndex((row) => row.includes(rival.handle))).toBe(1);
  expect(rows.findIndex((row) => row.includes(player.handle))).toBe(2);
  expect(await mine.getAttribute('aria-current')).toBe('true');
  const minutes = `${round.perkMs / 60_000} minutes`;
  await page.getByText(`The champion chooses within ${minutes}, for ${minutes}:`).waitFor();
  expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
  await photograph(page, 'wars-live');
  expect(complaints).toEqual([]);
  await visit.context.close();
});

it('ends: the prizes are shown, and the champion chooses a perk', async () => {
  const { player, rival } = world;
  const { round: current } = await world.read('current');
  const visit = await site.open(rival);
  const { page, complaints } = visit;
  await page.goto('/wars');
  await page.getByText('Rank 1', { exact: true }).waitFor();
  const round = await endRound(current.id);
  expect(round).toMatchObject({ status: 'paid', champion: rival.handle });

  await page.getByRole('heading', { name: `You won round ${round.id}` }).waitFor();
  await page.getByText('Not ranked').waitFor();
  await page.getByText('Unlimited concurrency', { exact: true }).click();
  await page.getByText('Free calls', { exact: true }).click();
  await page.getByText('(0.000132 Credits)').waitFor();
  await photograph(page, 'wars-champion');
  await page.getByRole('button', { name: 'Choose' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await page.getByText('0.000132 Credits left').waitFor();
  const me = await world.api.send('GET', '/me', { key: rival.key });
  expect(me.as<{ entitlements: object[] }>().entitlements).toMatchObject([
    { kind: 'free_calls', roundId: round.id, budget: '0.000132' },
  ]);

  await page.getByRole('link', { name: round.id }).click();
  await page.getByRole('heading', { level: 1, name: `Round ${round.id}` }).waitFor();
  const perk = page.getByRole('region', { name: 'The champion’s perk' });
  await perk.getByText('Free calls').waitFor();
  const { board } = (await world.api.send('GET', `/wars/${round.id}`)).as<BoardAnswer>();
  // The third is the bank, whose call mined what the pool has.
  expect(board.slice(0, 2).map(({ handle, prize }) => [handle, prize])).toEqual([
    [rival.handle, '0.0003'],
    [player.handle, '0.00018'],
  ]);
  for (const { handle, prize } of board) {
    const row = ranking(visit).getByRole('row', { name: handle });
    expect(await row.textContent()).toContain(prize);
  }
  expect(await page.getByText('You have won').locator('..').textContent()).toContain('0.0003 LCO');
  await photograph(page, 'wars-round');
  expect(complaints).toEqual([]);
  await visit.context.close();
});

it('shows whoever is below the first hundred, and handles as they are written', async () => {
  const { player } = world;
  const visit = await site.open(player, { viewport: { width: 360, height: 740 } });
  const { page, complaints } = visit;
  const { round } = await world.read('current');
  const entry = { reachedAt: round.startsAt, prize: null };
  const html = '<img src=x onerror=alert(1)>';
  const board = Array.from({ length: 100 }, (_, i) => ({
    ...{ rank: i + 1, handle: i === 0 ? html : `p${i}`, score: String(500 - i) },
    ...{ gap: i === 0 ? null : '1', ...entry },
  }));
  const own = { rank: 137, score: '12.5', gap: '0.25' };
  await page.route('**/api/v1/wars/current', (way) => way.fulfill({ json: { round, board, own } }));
  await page.route('**/api/v1/wars/current/stream', (way) =>
    way.fulfill({
      contentType: 'text/event-stream',
      body: `event: board\ndata: ${JSON.stringify({ round, board })}\n\n`,
    }),
  );
  await page.goto('/wars');
  await page.getByText('Rank 137', { exact: true }).waitFor();
  const rows = ranking(visit).getByRole('row');
  expect(await rows.count()).toBe(102);
  expect(await rows.nth(1).textContent()).toContain(html);
  expect(await rows.last().textContent()).toContain(`137${player.handle} (you)12.5`);
  const place = (await page.getByRole('region', { name: 'Your place' }).textContent()) ?? '';
  expect(place).toContain('To the next rank0.25 Credits');
  expect(place).toContain('To rank 10, which wins478.5 Credits');
  expect(await fitsWidth(page)).toBe(true);
  await photograph(page, 'wars-phone');

  await page.goto('/wars/2020-W01');
  await page.getByText('There is no such round.').waitFor();
  await page.goto(`/wars/${'x'.repeat(3_000)}`);
  await page.getByRole('alert').waitFor();
  expect(await fitsWidth(page)).toBe(true);
  expect(complaints).toEqual([]);
  await visit.context.close();
});
