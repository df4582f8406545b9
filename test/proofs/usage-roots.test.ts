// The daily roots of usage (DESIGN 2.12): a day's records and nobody else's, to the millisecond; one root a day whoever
// makes it.
import { createHash } from 'node:crypto';
import {
  buildUsageRoot,
  findMissingDays,
  makeUsageRoot,
  publishUsageRoot,
} from '../../services/proofs/usage-roots';
import { createWorld, type World } from './world';

const emptyRoot = createHash('sha256').digest();

describe('days', () => {
  let world: World;
  let ann: string;
  let bob: string;

  beforeAll(async () => {
    world = await createWorld('2030-01-01T12:00:00Z');
    ann = await world.addCaller('10');
    bob = await world.addCaller('10');
  });
  afterAll(() => world.close());

  const stored = () => world.db('usage_roots').orderBy('day') as Promise<Record<string, unknown>[]>;

  it('have no root while there is no record', async () => {
    expect(await findMissingDays(world.db, 10)).toEqual([]);
  });

  it('end at the last millisecond before midnight, and one without records has a root too', async () => {
    const calls = [
      await world.settleAt(ann, 1_000, '2030-01-01T23:59:59.998Z'),
      await world.settleAt(bob, 2_000, '2030-01-01T23:59:59.999Z'),
      await world.settleAt(ann, 3_000, '2030-01-02T00:00:00.000Z'),
      await world.settleAt(ann, 4_000, '2030-01-02T23:59:59.999Z'),
      await world.settleAt(bob, 5_000, '2030-01-04T00:00:00.000Z'),
    ];
    await world.clock.set('2030-01-05T00:00:00.000Z');
    const days = ['2030-01-01', '2030-01-02', '2030-01-03', '2030-01-04'];
    expect(await world.makeRoots()).toEqual(days);
    expect(await stored()).toMatchObject([
      { day: days[0], first_settlement: 1n, size: 2, charged: 300_000n, mined: 3_000_000n },
      { day: days[1], first_settlement: 3n, size: 2, charged: 700_000n, mined: 7_000_000n },
      { day: days[2], first_settlement: 5n, size: 0, charged: 0n, mined: 0n, root: emptyRoot },
      { day: days[3], first_settlement: 5n, size: 1, charged: 500_000n, mined: 5_000_000n },
    ]);
    const { day, index, size } = await world.usageProofs.proof(ann, calls[3] ?? '');
    expect({ day, index, size }).toEqual({ day: '2030-01-02', index: 1, size: 2 });
    expect(await world.makeRoots()).toEqual([]);
  });

  it('wait for midnight, by journal time', async () => {
    const call = await world.settleAt(ann, 100, '2030-01-05T23:59:59.999Z');
    expect(await findMissingDays(world.db, 10)).toEqual([]);
    const early = await buildUsageRoot(world.db, '2030-01-05');
    const { result } = await world.committer.submit(publishUsageRoot, early, { actor: 'test' });
    expect(result).toBe('too_early');
    await expect(makeUsageRoot(world, '2030-01-05')).rejects.toThrow('may still come');
    await expect(world.usageProofs.proof(ann, call)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await world.clock.set('2030-01-06T00:00:00.000Z');
    expect(await world.makeRoots()).toEqual(['2030-01-05']);
    expect(await world.usageProofs.proof(ann, call)).toMatchObject({ index: 0, size: 1 });
  });

  it('are not closed over a record that came while they were being read', async () => {
    await world.settleAt(ann, 100, '2030-01-06T10:00:00Z');
    const built = await buildUsageRoot(world.db, '2030-01-06');
    await world.settleAt(ann, 100, '2030-01-06T23:59:59.999Z');
    await world.clock.set('2030-01-07T00:00:00.000Z');
    const { result } = await world.committer.submit(publishUsageRoot, built, { actor: 'test' });
    expect(result).toBe('too_early');
    const published = await makeUsageRoot(world, '2030-01-06');
    expect(published.size).toBe(2);
  });

  it('have one root when two make it at once, from two processes', async () => {
    await world.settleAt(bob, 100, '2030-01-07T10:00:00Z');
    await world.clock.set('2030-01-08T00:05:00Z');
    const other = { db: world.db, committer: world.openCommitter() };
    const made = await Promise.all(
      [world, other, world, other].map((each) => makeUsageRoot(each, '2030-01-07')),
    );
    expect(new Set(made.map(({ root }) => root.toString('hex'))).size).toBe(1);
    expect(await stored()).toHaveLength(7);
  });

  it('follow each other without a gap', async () => {
    await world.clock.set('2030-01-10T00:05:00Z');
    await expect(buildUsageRoot(world.db, '2030-01-09')).rejects.toThrow('lies in 2030-01-09');
    const built = await buildUsageRoot(world.db, '2030-01-08');
    const skipping = { ...built, firstSettlement: built.firstSettlement + 1n };
    await expect(
      world.committer.submit(publishUsageRoot, skipping, { actor: 'test' }),
    ).rejects.toThrow('the records of 2030-01-08 begin with');
    expect(await world.makeRoots()).toEqual(['2030-01-08', '2030-01-09']);
  });

  it('have roots that nobody changes any more', async () => {
    for (const statement of [
      `update usage_roots set size = 3 where day = '2030-01-01'`,
      `delete from usage_roots where day = '2030-01-01'`,
      'truncate usage_roots',
    ]) {
      await expect(world.db.raw(statement)).rejects.toThrow('usage_roots is append-only');
    }
  });

  it('are listed with the newest first, page by page', async () => {
    const first = await world.usageProofs.roots({ limit: 2 });
    expect(first.items.map(({ day }) => day)).toEqual(['2030-01-09', '2030-01-08']);
    const second = await world.usageProofs.roots({ limit: 200, cursor: first.nextCursor ?? '' });
    expect(second.items.map(({ day }) => day)).toEqual([
      ...['2030-01-07', '2030-01-06', '2030-01-05', '2030-01-04', '2030-01-03', '2030-01-02'],
      '2030-01-01',
    ]);
    expect(second.nextCursor).toBeNull();
  });

  it('may be published two in one batch, and are listed in the order of days all the same', async () => {
    await world.clock.set('2030-01-12T00:05:00Z');
    const tenth = await buildUsageRoot(world.db, '2030-01-10');
    // no records on either day
    const eleventh = { ...tenth, day: '2030-01-11' };
    const [first, second] = await Promise.all(
      [tenth, eleventh].map((root) =>
        world.committer.submit(publishUsageRoot, root, { actor: 'test' }),
      ),
    );
    expect(first?.sequence).toBe(second?.sequence);
    const page = await world.usageProofs.roots({ limit: 1 });
    expect(page.items.map(({ day }) => day)).toEqual(['2030-01-11']);
    const rest = await world.usageProofs.roots({ limit: 1, cursor: page.nextCursor ?? '' });
    expect(rest.items.map(({ day }) => day)).toEqual(['2030-01-10']);
  });

  it('are announced by the journal, so that its head covers them', async () => {
    const { rows } = await world.db.raw<{
      rows: { feed: unknown[]; root: Buffer; size: number }[];
    }>(
      `select feed, root, size from usage_roots join journal_batches using (sequence) where day = '2030-01-01'`,
    );
    const [{ feed, root, size } = { feed: [], root: emptyRoot, size: 0 }] = rows;
    expect(feed).toContainEqual({
      type: 'usage_root',
      day: '2030-01-01',
      size,
      root: root.toString('hex'),
    });
  });
});
