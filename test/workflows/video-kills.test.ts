// kill -9 of the worker at every stage of a video (DESIGN 2.2 and 8): it is paid once, or given back once.
import { liveApart } from './at-once';
import { createMortalWorker, type Kill } from './mortal-worker';
import { eventually } from './support';
import { createVideoWorld } from './video-world';

/** A worker that is killed, on a relay of its own. */
async function createVictim() {
  const world = await createVideoWorld();
  const worker = await createMortalWorker(world.config, world.context.db);

  return {
    ...world,
    worker,
    dies: (kill: Kill, id: string, status: string, act?: () => void) =>
      worker[kill](worker.becomes('videos', id, status), act),

    async endsAs(id: string, status: string): Promise<void> {
      expect(await world.resultOf(id)).toMatchObject({ status });
      world.mock.reset();
      await world.untilIdle();
      await world.assertBooksBalance();
    },

    async close(): Promise<void> {
      await worker.end();
      await world.close();
    },
  };
}
type Victim = Awaited<ReturnType<typeof createVictim>>;

describe('a worker killed in the middle of a video', () => {
  liveApart<Victim>(2, createVictim, {
    async 'again and again while it waits, and before it was born'(victim) {
      const user = await victim.addCaller('10');
      victim.mock.behave('mock-video', { videoPolls: 8 });
      // Nobody hears of it yet.
      const id = await victim.submit(user);
      expect(await victim.balanceOf(user, 'CREDIT', 'relay')).toBe('0.4');
      await victim.worker.start();
      await eventually(() => victim.handleOf(id).describe());
      await victim.worker.restartOften(3, 700);
      await victim.endsAs(id, 'completed');
      expect(await victim.balanceOf(user)).toBe('9.6');
    },

    async 'before and after the commit that settles it'(victim) {
      const user = await victim.addCaller('10');
      const id = await victim.submit(user);
      await victim.dies('killBefore', id, 'completed');
      await victim.dies('killAfter', id, 'completed');
      await victim.worker.start();
      await victim.endsAs(id, 'completed');
      expect(await victim.balanceOf(user)).toBe('9.6');
      expect(await victim.balanceOf(user, 'LCO')).toBe('4');
    },

    async 'before and after the commit that gives it back'(victim) {
      const user = await victim.addCaller('10');
      victim.mock.behave('mock-video', { videoError: { code: 'no', message: 'No.' } });
      const id = await victim.submit(user);
      await victim.dies('killBefore', id, 'failed');
      await victim.dies('killAfter', id, 'failed');
      await victim.worker.start();
      await victim.endsAs(id, 'failed');
      expect(await victim.balanceOf(user)).toBe('10');
    },
  });
});
