// The relay with videos to sell, and the configuration of a worker on its database, for whole lives of videos.
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { callIdOfVideo } from '../../domain/video';
import type { VideoState } from '../../services/videos/video-rows';
import { createRelayWorld, filmerId, type CallerWithKey } from '../relay/relay-world';
import { testEngines } from '../support/engines';
import { pacedWindows } from '../support/pace';
import { eventually } from './support';

export type VideoWorld = Awaited<ReturnType<typeof createVideoWorld>>;

export const quickWindows = { videoPoll: '200ms', videoDeadline: '10m' };

/** @param windows of videos */
export async function createVideoWorld(
  windows: Record<string, string> = quickWindows,
  address = testEngines().temporal.address,
) {
  const namespace = `lx-${randomBytes(6).toString('hex')}`;
  const relay = await createRelayWorld({
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      WINDOWS: pacedWindows(windows),
    },
  });
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection, namespace });
  const handleOf = (id: string) => temporal.workflow.getHandle(`video/${id}`);

  return {
    ...relay,
    config: relay.context.config,
    temporal,
    handleOf,

    /** Submits a video of four seconds; the call's id. */
    async submit(user: CallerWithKey): Promise<string> {
      const { id } = await user.openai.videos.create({ model: filmerId, prompt: 'A kitten' });
      return callIdOfVideo(id) ?? '';
    },

    /** What its workflow ends with; it may still be on its way from the outbox. */
    async resultOf(id: string): Promise<VideoState> {
      const handle = handleOf(id);
      await eventually(() => handle.describe());
      return (await handle.result()) as VideoState;
    },

    async close() {
      await connection.close();
      await relay.close();
    },
  };
}
