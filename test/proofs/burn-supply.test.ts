import { formatAmount } from '../../domain/money';
import { isoTime } from '../../domain/time';
import { createTransparency } from '../../services/transparency';
import { burn } from './burn-support';
import { createWorld } from './world';

it('tells the supply at the end of each published day, and now', async () => {
  // Journal time never runs backwards: the clock is ahead of every real one.
  const world = await createWorld('2998-03-01T12:00:00Z');
  try {
    const ann = await world.addCaller('10');
    // 100,000 tokens are a tenth of a Credit, which mines 1 LCO.
    await world.settleAt(ann, 100_000, '2998-03-01T23:59:59.999Z');
    await world.settleAt(ann, 50_000, '2998-03-02T00:00:00Z');
    await burn(world.committer, ann, '0.25');
    await world.clock.set('2998-03-03T23:59:59.999Z');
    await burn(world.committer, ann, '0.125');
    await world.clock.set('2998-03-04T00:10:00Z');
    await world.makeRoots();
    await burn(world.committer, ann, '0.5');

    const history = await createTransparency(world.db).supplyHistory(100);
    expect(
      history.map(({ at, minted, burned, circulating }) => [
        isoTime(at),
        ...[minted, burned, circulating].map(formatAmount),
      ]),
    ).toEqual([
      ['2998-03-02T00:00:00.000Z', '1', '0', '1'],
      ['2998-03-03T00:00:00.000Z', '1.5', '0.25', '1.25'],
      ['2998-03-04T00:00:00.000Z', '1.5', '0.375', '1.125'],
      ['2998-03-04T00:10:00.000Z', '1.5', '0.875', '0.625'],
    ]);
    expect(await createTransparency(world.db).supplyHistory(1)).toEqual(history.slice(-2));
  } finally {
    await world.close();
  }
});
