// A user with Credits to redeem, operators who decide, and a worker that runs the redemptions.
import { assertBooksBalance } from '../support/invariants';
import { createWorld, startTestWorker } from './support';

export type RedemptionWorld = Awaited<ReturnType<typeof createRedemptionWorld>>;

export async function createRedemptionWorld() {
  const world = await createWorld();
  const worker = await startTestWorker(world.config);
  for (let i = 0; i < 8; i++) await world.fund('1000');

  return {
    ...world,
    handleOf: (id: string) => world.temporal.workflow.getHandle(`redemption/${id}`),

    /** What the audit log has of a redemption. */
    logOf: (id: string) =>
      world.api.context.services.auditLog.list({ subjectId: id }, { limit: 10 }),

    /** Proves the books, too. */
    async close() {
      await worker.stop();
      await assertBooksBalance(world.config.databaseUrl ?? '');
      await world.close();
    },
  };
}
