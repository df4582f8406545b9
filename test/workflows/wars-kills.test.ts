// kill -9 of the worker at every stage of a round of Compute Wars (DESIGN 2.9 and 8): it goes on, and closes, pays and
// ends the perk once.
import { liveApart } from './at-once';
import { createMortalWorker, type Kill } from './mortal-worker';
import { expectStatus } from './support';
import { createWarsWorld } from './wars-world';

/** A worker that is killed, on a product of its own. */
async function createVictim() {
  const world = await createWarsWorld({
    warsRound: '6s',
    warsProvisional: '1s',
    warsPerkChoice: '2s',
    warsPerk: '1s',
  });
  const { db } = world.context;
  await world.endow('free_calls', '0.01');
  const worker = await createMortalWorker(world.config, db);
  await worker.start();

  return {
    ...world,
    worker,

    /** Something to pay, for every round. */
    endowPrizes: () => world.endow('prize_pool', '0.0002'),

    /** At the commit that gives a round this status. */
    dies: (kill: Kill, id: string, status: 'provisional' | 'final' | 'paid') =>
      worker[kill](worker.becomes('war_rounds', id, status)),

    /** The players got their prizes once, and the champion's perk is over. */
    async endsOnce(id: string): Promise<void> {
      const isOver = (endedAt: unknown) => typeof endedAt === 'string';
      const ended = await world.reaches(id, ({ perk }) => isOver(perk?.endedAt), 60_000);
      expect(ended).toMatchObject({ status: 'paid', champion: world.player.handle });
      await expect(world.handleOf(id).result()).resolves.toMatchObject({ id, status: 'paid' });
      // None where a round that was closed late as well had a claim to all of the pool.
      const due = (ended.prizes ?? []).filter(({ prize }) => prize !== '0');
      const prizes = due.reduce((sum, { players }) => sum + players, 0);
      const transfers = await db('journal_transfers')
        .where('kind', 'war_prize')
        .whereLike('reference', `${id}/%`);
      expect(transfers).toHaveLength(prizes);
      expect(await db('war_prizes').where('round_id', id)).toHaveLength(prizes);
    },

    async close(): Promise<void> {
      await worker.end();
      await world.close();
    },
  };
}
type Victim = Awaited<ReturnType<typeof createVictim>>;

describe('a worker killed in the middle of a round', () => {
  // Two kills a round, so that none lasts much longer than another.
  liveApart<Victim>(5, createVictim, {
    async 'before the commit of its close, and after the one of the final ranking'(victim) {
      await victim.endowPrizes();
      const id = await victim.play(3_500);
      await victim.dies('killBefore', id, 'provisional');
      await victim.dies('killAfter', id, 'final');
      await victim.worker.start();
      await victim.endsOnce(id);
    },

    async 'after the commit of its close, and before the one of its prizes'(victim) {
      await victim.endowPrizes();
      const id = await victim.play(3_500);
      await victim.dies('killAfter', id, 'provisional');
      await victim.dies('killBefore', id, 'paid');
      await victim.worker.start();
      await victim.endsOnce(id);
    },

    async 'before the commit of the final ranking, and after the one of its prizes'(victim) {
      await victim.endowPrizes();
      const id = await victim.play(3_500);
      await victim.dies('killBefore', id, 'final');
      await victim.dies('killAfter', id, 'paid');
      await victim.worker.start();
      await victim.endsOnce(id);
    },

    async 'between the outbox and the start of the workflow, and then again and again'(victim) {
      await victim.endowPrizes();
      // Stopped, it hears of the round but cannot start it any more: a settlement opens it.
      await victim.freshRound(1_000);
      victim.worker.suspend();
      const { id: next } = await victim.freshRound(5_500);
      const id = await victim.play(3_000);
      expect(id >= next).toBe(true);
      await victim.reaches(id, ({ endsAt }) => Date.parse(endsAt) < Date.now());
      await victim.worker.restart();
      await victim.worker.restartOften(3, 700);
      await victim.endsOnce(id);
    },

    async 'while the champion chooses, who then has free calls that end'(victim) {
      await victim.endowPrizes();
      const id = await victim.play(3_500);
      await victim.reaches(id, ({ status }) => status === 'paid');
      expectStatus(await victim.choose(id, 'free_calls'), 200);
      await victim.worker.restart();
      await victim.endsOnce(id);
      expect((await victim.read(id)).round.perk).toMatchObject({
        choice: 'free_calls',
        budget: '0.000088',
        returned: '0.000088',
      });
    },
  });
});
