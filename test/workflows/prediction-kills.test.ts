// kill -9 of the worker just before and just after every commit of a prediction market's life (DESIGN 2.8, 5 and 8): each
// lot is paid once, what is left is burned once, and nothing stays in the pool.
import type { PredictionStatus } from '../../domain/predictions/market';
import type { Answer } from '../api/harness';
import { createCommitGate } from './commit-gate';
import { createPredictionWorld, shortWindows } from './prediction-world';
import { eventually, expectStatus, startWorkerProcess, type WorkerProcess } from './support';

jest.setTimeout(180_000);

/** Beside the seed; two lots a commit, so that a settlement pays in four. */
const bets = 6;
const minute = 60_000;

/** A commit of the worker that the test stops. */
interface Point {
  readonly table: string;
  /** In SQL, on `new` and `old`. */
  readonly condition: string;
  readonly isDone: () => Promise<boolean>;
}

type Act = () => void | Promise<void>;

/** A worker that is killed, on a product of its own. */
async function createVictim() {
  const world = await createPredictionWorld({ ...shortWindows, predictionDispute: '0s' });
  const { db } = world.context;
  const gate = await createCommitGate(db, world.config.databaseUrl);
  const startWorker = () => startWorkerProcess(world.config, 'test/workflows/small-commits-worker');
  let worker: WorkerProcess | undefined;

  /** The commit by which it gets this status. */
  const becomes = (id: string, status: PredictionStatus): Point => ({
    table: 'prediction_markets',
    condition: `new.id = '${id}' and new.status = '${status}' and old.status <> new.status`,
    isDone: async () =>
      (await db('prediction_markets').first<{ status: string }>('status').where({ id })).status ===
      status,
  });
  const countPaid = async (id: string) =>
    (await db('prediction_lots').where('market_id', id).whereNotNull('paid')).length;
  /** The second of the commits by which its lots are paid. */
  const paysMore = (id: string): Point => ({
    table: 'prediction_lots',
    condition: `new.id = '${id}/2' and old.paid is null and new.paid is not null`,
    isDone: async () => (await countPaid(id)) === 4,
  });

  /** Starts the worker that is to be killed, acts with it if asked to, and waits for the commit. */
  async function stopAt({ table, condition, isDone }: Point, act?: Act): Promise<void> {
    await gate.close(table, condition);
    worker = await startWorker();
    await act?.();
    await gate.reached();
    expect(await isDone()).toBe(false);
    await worker.kill();
  }

  return {
    ...world,
    becomes,
    paysMore,
    async start(): Promise<void> {
      worker = await startWorker();
    },

    /** Just before the commit, which is undone; no worker runs before and after. */
    async killBefore(point: Point, act?: Act): Promise<void> {
      await stopAt(point, act);
      await gate.undo(point.table);
      expect(await point.isDone()).toBe(false);
    },
    /** Just after it, before the worker could say so. */
    async killAfter(point: Point, act?: Act): Promise<void> {
      await stopAt(point, act);
      await gate.open(point.table);
      await eventually(() => point.isDone());
    },

    /** On YES by Ann, on NO by Bob, in turns; no worker is asked. */
    async betAll(id: string): Promise<void> {
      for (let i = 0; i < bets; i++) {
        const [by = world.proposer, side] = [world.bettors[i % 2], i % 2 === 0 ? 'yes' : 'no'];
        await world.bet(id, by, side === 'yes' ? 'yes' : 'no', '100');
      }
    },

    /** YES won; every lot was paid once, and the rest burned once. @param others what else was burned */
    async endsOnce(id: string, ...others: [string, string][]): Promise<void> {
      const ended = await world.ends(id);
      expect(ended).toMatchObject({
        ...{ status: 'settled', outcome: 'yes', settlement: { settledLots: 7, keptLots: 7 } },
      });
      await expect(world.handleOf(id).result()).resolves.toEqual(ended);
      expect(await world.movesOf(id)).toEqual([
        [0, ['prediction_seed', 'prediction_payout']],
        ...[1, 2, 3, 4, 5, 6].map((number) => [
          number,
          number % 2 === 1 ? ['prediction_bet', 'prediction_payout'] : ['prediction_bet'],
        ]),
      ]);
      const burned = ['prediction_fee', ended.settlement?.burned ?? ''];
      expect(await world.burnsOf(id)).toEqual([...others, burned]);
      expect([await world.heldBy(id), await world.heldBy(id, 'bond')]).toEqual(['0', '0']);
    },

    async close(): Promise<void> {
      expect(await worker?.end()).toBe(0);
      await gate.end();
      await world.close();
    },
  };
}
type Victim = Awaited<ReturnType<typeof createVictim>>;
type Kill = 'killBefore' | 'killAfter';

describe('a worker killed in the middle of a prediction market', () => {
  let victims: Victim[];

  beforeAll(async () => {
    victims = await Promise.all([1, 2, 3, 4].map(createVictim));
  });
  afterAll(async () => {
    await Promise.all(victims.map((victim) => victim.close()));
  });

  function victim(i: number): Victim {
    const found = victims[i];
    if (!found) throw new Error(`there is no victim ${i}`);
    return found;
  }

  /** While an operator approves it, who gets an answer. */
  async function isKilledAtItsApproval(of: Victim, kill: Kill): Promise<string> {
    const id = await of.propose();
    let approved: Promise<Answer> | undefined;
    await of[kill](of.becomes(id, 'open'), () => {
      approved = of.approve(id);
    });
    const resolved = async () => {
      expectStatus((await approved) as Answer, 200);
      await of.betAll(id);
      expectStatus(await of.resolve(id, 'yes'), 200);
    };
    await of[kill](of.becomes(id, 'settling'), resolved);
    return id;
  }

  /** While another rules on its dispute. */
  async function isKilledAtItsRuling(of: Victim, kill: Kill): Promise<string> {
    const id = await of.openUnheard({}, { predictionDispute: minute, predictionRuling: minute });
    await of.betAll(id);
    let ruled: Promise<Answer> | undefined;
    await of[kill](of.becomes(id, 'final'), async () => {
      expectStatus(await of.resolve(id, 'no'), 200);
      expectStatus(await of.dispute(id), 201);
      ruled = of.rule(id, 'yes');
    });
    await of[kill](of.becomes(id, 'settling'));
    expectStatus((await ruled) as Answer, 200);
    return id;
  }

  /** At the commit that burns the rest, after those before. */
  async function isKilledAtItsEnd(of: Victim, kill: Kill, begun: Promise<string>): Promise<void> {
    const id = await begun;
    await of[kill](of.becomes(id, 'settled'));
    await of.start();
    await of.endsOnce(id);
  }

  /** At each commit that nobody asks for. */
  async function isKilledAtItsTimes(of: Victim, kill: Kill): Promise<void> {
    const id = await of.openUnheard({ closesInMs: 4_000 });
    await of.betAll(id);
    await of[kill](of.becomes(id, 'locked'));
    const resolved = of.resolve(id, 'yes');
    await of[kill](of.becomes(id, 'final'));
    await of[kill](of.paysMore(id));
    await of.start();
    expectStatus(await resolved, 200);
    await of.endsOnce(id);
  }

  // Most of the time passes until a dead worker is missed, so all are at it at once.
  it('just before each of its commits, and just after each, before it could say so', async () => {
    const [one, two, three, four] = [victim(0), victim(1), victim(2), victim(3)];
    await Promise.all([
      isKilledAtItsEnd(one, 'killBefore', isKilledAtItsApproval(one, 'killBefore')),
      isKilledAtItsEnd(two, 'killAfter', isKilledAtItsRuling(two, 'killAfter')),
      isKilledAtItsTimes(three, 'killBefore'),
      isKilledAtItsTimes(four, 'killAfter'),
    ]);
  });
});
