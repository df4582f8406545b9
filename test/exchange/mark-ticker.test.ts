import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Committer } from '../../ledger/committer';
import { createLogger } from '../../services/logger';
import { startMarkTicker, type MarkTicker } from '../../services/exchange/mark/mark-ticker';
import { projections } from '../../services/projections';
import { until } from '../catalog/support';
import { startDatabaseProxy } from '../support/database-proxy';
import { createMarkWorld, type MarkWorld } from './mark-world';
import type { Ask } from './world';

let world: MarkWorld;
let tickers: MarkTicker[];
beforeEach(async () => {
  world = await createMarkWorld();
  tickers = [];
});
afterEach(async () => {
  await Promise.all(tickers.map((ticker) => ticker.close()));
  await world.close();
});

function start(databaseUrl = world.database.url, committer = world.openCommitter()) {
  const messages: string[] = [];
  const destination = new Writable({
    write(line: Buffer, _, done) {
      messages.push((JSON.parse(line.toString()) as { msg: string }).msg);
      done();
    },
  });
  const ticker = startMarkTicker({
    databaseUrl,
    applicationName: 'lx-test-ticker',
    committer,
    warmUpMs: 0,
    logger: createLogger('test', 'info', destination),
  });
  tickers.push(ticker);
  return { ticker, messages };
}

/** When the mark was ticked, by journal time. */
async function ticks(): Promise<number[]> {
  const { rows } = await world.db.raw<{ rows: { at: number }[] }>(/* sql */ `
    select b.journal_time as "at" from journal_batches b
    where exists (select 1 from json_array_elements(b.feed) e where e->>'type' = 'mark')
    order by b.sequence`);
  return rows.map(({ at }) => at);
}

describe('the ticker', () => {
  it('ticks once a second, however many processes there are', async () => {
    const all = [start(), start(), start()];
    await until(async () => (await ticks()).length >= 4);
    const times = await ticks();
    for (const [i, at] of times.slice(1).entries()) {
      expect(at - (times[i] ?? 0)).toBeGreaterThan(700);
    }
    expect(all.filter(({ ticker }) => ticker.isTicking())).toHaveLength(1);
    expect(all.flatMap(({ messages }) => messages)).toEqual(['ticks the mark']);
  });

  it('hands over to another process when it closes, and ticks no more', async () => {
    const first = start();
    await until(() => first.ticker.isTicking());
    const second = start();
    await sleep(600);
    await first.ticker.close();
    expect(first.ticker.isTicking()).toBe(false);
    await until(() => second.ticker.isTicking());
    const count = (await ticks()).length;
    await until(async () => (await ticks()).length > count);
    expect(first.messages).toEqual(['ticks the mark']);
  });

  it('has stops executed that the mark has set off, also those that another left behind', async () => {
    await world.quote({ bid: '0.0499', ask: '0.0501' });
    await world.trade('0.05');
    await world.tick();
    const place = (triggerPrice: string) =>
      world.place(world.taker, { side: 'sell', type: 'stop_loss', triggerPrice, quantity: '5' });
    const { order: left } = await place('0.06');
    expect((await world.tick()).waiting).toHaveLength(1);
    const { order } = await place('0.055');
    start();
    for (const { id } of [left, order]) {
      await until(async () => (await world.orders.get(world.taker, id)).status === 'filled');
    }
  });

  it('does not leave stops to the next second that are more than a tick takes', async () => {
    await world.quote({ bid: '0.0499', ask: '0.0501' });
    await world.trade('0.05');
    await world.tick();
    const owners = [world.taker, await world.addTrader('0.01', '10000'), world.maker];
    const stop: Ask = { side: 'sell', type: 'stop_loss', triggerPrice: '0.055', quantity: '1' };
    await Promise.all(
      owners.flatMap((owner) => Array.from({ length: 150 }, () => world.place(owner, stop))),
    );
    start();
    const triggered = () =>
      world
        .db('orders')
        .where('type', 'stop_loss')
        .whereNot('status', 'open')
        .pluck('triggered_at');
    await until(async () => (await triggered()).length === 450);
    const times = ((await triggered()) as number[]).map(Number);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1_500);
  });

  it('says once that it cannot tick, and once that it does again', async () => {
    const proxy = await startDatabaseProxy(world.database.url);
    const committer = new Committer({
      databaseUrl: proxy.url,
      applicationName: 'lx-test-cut',
      projections,
      patienceMs: 1_000,
    });
    const { ticker, messages } = start(world.database.url, committer);
    await until(async () => (await ticks()).length > 0);
    proxy.cut();
    await until(() => messages.includes('the mark cannot be ticked'));
    await sleep(2_500);
    proxy.restore();
    await until(() => messages.includes('the mark is ticked again'));
    expect(messages).toEqual([
      'ticks the mark',
      'the mark cannot be ticked',
      'the mark is ticked again',
    ]);
    await ticker.close();
    await committer.close();
    await proxy.close();
  });

  it('stops at once when its session is lost, and goes on when it has the lock again', async () => {
    const proxy = await startDatabaseProxy(world.database.url);
    const { ticker, messages } = start(proxy.url);
    await until(() => ticker.isTicking());
    proxy.cut();
    await until(() => messages.includes('ticks the mark no longer'));
    await sleep(100);
    const count = (await ticks()).length;
    await sleep(2_000);
    expect(await ticks()).toHaveLength(count);
    proxy.restore();
    await until(async () => (await ticks()).length > count);
    await ticker.close();
    await proxy.close();
  });
});
