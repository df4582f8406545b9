// kill -9 of the worker just before and just after every commit of a prediction market's life (DESIGN 2.8, 5 and 8): each
// lot is paid once, what is left is burned once, and nothing stays in the pool.
import type { PredictionStatus } from '../../domain/predictions/market';
import type { Answer } from '../api/harness';
import { liveApart } from './at-once';
import { createMortalWorker, type CommitPoint, type Kill } from './mortal-worker';
import { createPredictionWorld, shortWindows } from './prediction-world';
import { expectStatus } from './support';

/** Beside the seed; two lots a commit, so that a settlement pays in four. */
const bets = 6;
const minute = 60_000;

/** A worker that is killed, on a product of its own. */
async function createVictim() {
  const world = await createPredictionWorld({ ...shortWindows, predictionDispute: '0s' });
  const { db } = world.context;
  const worker = await createMortalWorker(world.config, db, 'test/workflows/small-commits-worker');

  return {
    ...world,
    worker,

    /** The commit by which it gets this status. */
    becomes: (id: string, status: PredictionStatus) =>
      worker.becomes('prediction_markets', id, status),
    /** The second of the commits by which its lots are paid. */
    paysMore: (id: string): CommitPoint<number> => ({
      table: 'prediction_lots',
      condition: `new.id = '${id}/2' and old.paid is null and new.paid is not null`,
      look: async () =>
        (await db('prediction_lots').where('market_id', id).whereNotNull('paid')).length,
      done: 4,
    }),

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
      await worker.end();
      await world.close();
    },
  };
}
type Victim = Awaited<ReturnType<typeof createVictim>>;

/** While an operator approves it, who gets an answer. */
async function isKilledAtItsApproval(of: Victim, kill: Kill): Promise<string> {
  const id = await of.propose();
  let approved: Promise<Answer> | undefined;
  await of.worker[kill](of.becomes(id, 'open'), () => {
    approved = of.approve(id);
  });
  const resolved = async () => {
    expectStatus((await approved) as Answer, 200);
    await of.betAll(id);
    expectStatus(await of.resolve(id, 'yes'), 200);
  };
  await of.worker[kill](of.becomes(id, 'settling'), resolved);
  return id;
}

/** While another rules on its dispute. */
async function isKilledAtItsRuling(of: Victim, kill: Kill): Promise<string> {
  const id = await of.openUnheard({}, { predictionDispute: minute, predictionRuling: minute });
  await of.betAll(id);
  let ruled: Promise<Answer> | undefined;
  await of.worker[kill](of.becomes(id, 'final'), async () => {
    expectStatus(await of.resolve(id, 'no'), 200);
    expectStatus(await of.dispute(id), 201);
    ruled = of.rule(id, 'yes');
  });
  await of.worker[kill](of.becomes(id, 'settling'));
  expectStatus((await ruled) as Answer, 200);
  return id;
}

/** At the commit that burns the rest, after those before. */
async function isKilledAtItsEnd(of: Victim, kill: Kill, id: string): Promise<void> {
  await of.worker[kill](of.becomes(id, 'settled'));
  await of.worker.start();
  await of.endsOnce(id);
}

/** At each commit that nobody asks for. */
async function isKilledAtItsTimes(of: Victim, kill: Kill): Promise<void> {
  const id = await of.openUnheard({ closesInMs: 4_000 });
  await of.betAll(id);
  await of.worker[kill](of.becomes(id, 'locked'));
  const resolved = of.resolve(id, 'yes');
  await of.worker[kill](of.becomes(id, 'final'));
  await of.worker[kill](of.paysMore(id));
  await of.worker.start();
  expectStatus(await resolved, 200);
  await of.endsOnce(id);
}

describe('a worker killed in the middle of a prediction market', () => {
  liveApart<Victim>(4, createVictim, {
    async 'just before the commits of its approval, its resolution and its end'(victim) {
      await isKilledAtItsEnd(
        victim,
        'killBefore',
        await isKilledAtItsApproval(victim, 'killBefore'),
      );
    },
    async 'just after the commits of its ruling and its end, before it could say so'(victim) {
      await isKilledAtItsEnd(victim, 'killAfter', await isKilledAtItsRuling(victim, 'killAfter'));
    },
    'just before each commit that nobody asks for': (victim) =>
      isKilledAtItsTimes(victim, 'killBefore'),
    'just after each commit that nobody asks for, before it could say so': (victim) =>
      isKilledAtItsTimes(victim, 'killAfter'),
  });
});
