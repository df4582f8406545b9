// kill -9 of the worker between any two steps of a liquidation in slices, and of one that the reserve takes over (DESIGN 2.6, 5
// and 8): all of it is closed once, penalties are paid once, and the books hold.
import { createCommitGate } from './commit-gate';
import { createMarginWorld, prices, sumOf, thinBook } from './margin-world';
import { eventually, startWorkerProcess, type WorkerProcess } from './support';

/** A position, and a worker that is killed, on a market of their own. */
async function createVictim() {
  const world = await createMarginWorld();
  const gate = await createCommitGate(world.db, world.config.databaseUrl);
  const owner = await world.addOwner();
  const { id, quantity } = await world.open(owner);
  let worker: WorkerProcess | undefined;

  async function isDone(number: number): Promise<boolean> {
    return (await world.kindsOf(id)).length >= number;
  }

  /** Starts the worker that is to be killed, and waits for the commit of its change of this number. */
  async function stopAt(number: number): Promise<void> {
    await gate.close('margin_changes', `new.id = '${id}/${number}'`);
    worker = await startWorkerProcess(world.config);
    await gate.reached();
    expect(await isDone(number)).toBe(false);
    await worker.kill();
  }

  return {
    ...world,
    ...{ id, owner, quantity },

    async start(): Promise<void> {
      worker = await startWorkerProcess(world.config);
    },
    /** Between the crossing and its delivery: it hears of it, but cannot tell of it any more. */
    async killUnheard(act: () => Promise<void>): Promise<void> {
      worker?.child.kill('SIGSTOP');
      await act();
      await worker?.kill();
    },
    /** Just before the commit, which is undone; no worker runs before and after. */
    async killBefore(number: number): Promise<void> {
      await stopAt(number);
      await gate.undo('margin_changes');
      expect(await isDone(number)).toBe(false);
    },
    /** Just after it, before the worker could say so. */
    async killAfter(number: number): Promise<void> {
      await stopAt(number);
      await gate.open('margin_changes');
      await eventually(() => isDone(number));
    },

    /** Closed whole in three slices, each with its own order and penalty; what the owner got is what it says. */
    async isLiquidatedOnce(): Promise<void> {
      const { position } = await world.handleOf(id).result();
      expect(position).toMatchObject({
        ...{ status: 'closed', closeReason: 'liquidated' },
        ...{ quantity: '0', credits: '0', debt: '0' },
      });
      const rows = await world
        .db('margin_changes')
        .where({ position_id: id, kind: 'liquidated' })
        .orderBy('number')
        .select<{ order_id: string; traded_lots: number }[]>('order_id', 'traded_lots');
      expect(rows).toHaveLength(3);
      expect(new Set(rows.map((row) => row.order_id)).size).toBe(3);
      const lots = rows.reduce((sum, row) => sum + row.traded_lots, 0);
      expect(lots / 100).toBe(Number(quantity));
      expect(await world.kindsOf(id)).toHaveLength(5);
      const penalties = await world.postingsOf(id, 'margin_penalty');
      expect(penalties).toHaveLength(3);
      expect(sumOf(penalties)).toBe(position.penalties);
      expect(sumOf(await world.postingsOf(id, 'margin_payout'))).toBe(position.paidOut);
      const left = await world.market.availableOf(owner, 'CREDIT');
      expect(Number(left)).toBeCloseTo(900 + Number(position.paidOut), 8);
    },

    async close(): Promise<void> {
      expect(await worker?.end()).toBe(0);
      await gate.end();
      await world.close();
    },
  };
}
type Victim = Awaited<ReturnType<typeof createVictim>>;

describe('a worker killed in the middle of a liquidation', () => {
  let victims: Victim[];

  beforeAll(async () => {
    victims = await Promise.all([1, 2, 3].map(createVictim));
  });
  afterAll(async () => {
    await Promise.all(victims.map((victim) => victim.close()));
  });

  async function isKilledInSlices(of: Victim, kill: 'killBefore' | 'killAfter'): Promise<void> {
    await of.jump(prices.far, { quantity: thinBook });
    await of[kill](3);
    await of[kill](4);
    await of[kill](5);
    await of.start();
    await of.isLiquidatedOnce();
  }

  async function isKilledWhenTakenOver(of: Victim): Promise<void> {
    const { id, owner } = of;
    await of.endowReserve('1000');
    await of.start();
    await eventually(() => of.handleOf(id).describe());
    await of.killUnheard(() => of.jump(prices.nothing, { bid: 0.0799 }));
    await of.killBefore(3);
    await of.killAfter(4);
    const buyer = await of.addOwner();
    await of.market.place(buyer, { side: 'buy', price: '0.08155', quantity: of.quantity });
    await of.killAfter(5);
    await of.start();
    const { position } = await of.handleOf(id).result();
    expect(position).toMatchObject({ closeReason: 'worked_off', penalties: '0', paidOut: '0' });
    expect(await of.kindsOf(id)).toEqual([
      ...['opened', 'fenced', 'taken_over', 'offered', 'worked_off'],
    ]);
    const surplus = await of.postingsOf(id, 'margin_payout');
    expect([surplus.length, Number(surplus[0]) > 5]).toEqual([1, true]);
    expect(await of.market.availableOf(owner, 'CREDIT')).toBe('900');
  }

  // Most of the time passes until a dead worker is missed, so all are at it at once.
  it('just before each of its commits, and just after each, before it could say so', async () => {
    const [one, two, three] = victims as [Victim, Victim, Victim];
    await Promise.all([
      isKilledInSlices(one, 'killBefore'),
      isKilledInSlices(two, 'killAfter'),
      isKilledWhenTakenOver(three),
    ]);
  });
});
