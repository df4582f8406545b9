// Stakers with the configuration of a worker on their database, for whole lives of unstakes.
import { randomBytes, randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { readConfig } from '../../config/config';
import type { Unstake } from '../../services/staking/unstake-rows';
import { taskQueue } from '../../worker/task-queue';
import { unstake as unstakeWorkflow } from '../../workflows/unstake';
import { createWorld as createStakers } from '../staking/world';
import { testEngines } from '../support/engines';
import { eventually } from './support';

export type UnstakeWorld = Awaited<ReturnType<typeof createUnstakeWorld>>;

export async function createUnstakeWorld(
  cooldownMs: number,
  address = testEngines().temporal.address,
) {
  const stakers = await createStakers(cooldownMs);
  const namespace = `lx-${randomBytes(6).toString('hex')}`;
  const config = readConfig({
    DATABASE_URL: stakers.database.url,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  });
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection, namespace });

  return {
    ...stakers,
    config,
    temporal,
    handleOf: (id: string) => temporal.workflow.getHandle(`unstake/${id}`),

    /** What its workflow ends with; it may still be on its way from the outbox. */
    async resultOf(id: string): Promise<Unstake> {
      const handle = temporal.workflow.getHandle(`unstake/${id}`);
      await eventually(() => handle.describe());
      return (await handle.result()) as Unstake;
    },

    /** Asks for an unstake whose cooldown is another than the world's. */
    takeFor: (userId: string, lco: string, cooldown: number) =>
      stakers.take(userId, lco, randomUUID(), stakers.stakingOf(stakers.committer, cooldown)),

    /** Proves the books, too. */
    async close() {
      await connection.close();
      await stakers.close();
    },
  };
}

/** Another workflow of an unstake, whose clock is ahead by its whole cooldown. */
export function startEarly({ temporal }: UnstakeWorld, { id, userId, amount }: Unstake) {
  const request = { unstakeId: id, userId, amount, unlockAt: new Date().toISOString() };
  return temporal.workflow.start(unstakeWorkflow, {
    workflowId: `early-unstake/${id}`,
    taskQueue,
    args: [request],
  });
}
