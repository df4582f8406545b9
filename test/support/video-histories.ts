// Lives of videos whose histories are saved: see save-histories.ts.
import { eventually } from '../workflows/support';
import type { VideoWorld } from '../workflows/video-world';

/** Makes one history; returns the id of its workflow. */
type VideoScenario = (world: VideoWorld) => Promise<string>;

async function begin(world: VideoWorld): Promise<string> {
  const id = await world.submit(await world.addCaller('10'));
  await eventually(() => world.handleOf(id).describe());
  return id;
}

async function end(world: VideoWorld, id: string): Promise<string> {
  await world.resultOf(id);
  world.mock.reset();
  return `video/${id}`;
}

export const videoScenarios: Readonly<Record<string, VideoScenario>> = {
  async 'video-completed'(world) {
    return end(world, await begin(world));
  },

  async 'video-failed'(world) {
    world.mock.behave('mock-video', { videoError: { code: 'moderation_blocked', message: 'No.' } });
    return end(world, await begin(world));
  },

  async 'video-lost'(world) {
    const id = await begin(world);
    world.mock.behave('mock-video', { videoLost: true });
    return end(world, id);
  },

  // Its upstream fails for a while, and it takes longer than it may.
  async 'video-overdue'(world) {
    world.mock.behave('mock-video', { videoPolls: 1_000 });
    const id = await begin(world);
    world.mock.behave('mock-video', { failStatus: 500 });
    return end(world, id);
  },
};
