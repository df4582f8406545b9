// A market with LCO for sale and relay profit to share, with the API on its database, for whole lives of buybacks.
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { BuybackWithSlices } from '../../services/buybacks/buyback-views';
import { startApi, type Answer, type SignedUp } from '../api/harness';
import { createWorld as createMarket } from '../buybacks/world';
import { testEngines } from '../support/engines';
import { pacedWindows } from '../support/pace';
import { eventually, expectStatus, newKey, startTestWorker } from './support';

export type BuybackWorld = Awaited<ReturnType<typeof createBuybackWorld>>;

export async function createBuybackWorld(buybackSpread: string, temporalAddress?: string) {
  const address = temporalAddress ?? testEngines().temporal.address;
  const namespace = `lx-${randomBytes(6).toString('hex')}`;
  const market = await createMarket();
  const api = await startApi(
    {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      WINDOWS: pacedWindows({ buybackSpread }),
    },
    {},
    { reach: () => Promise.resolve(market.database.url) },
  );
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection, namespace });
  const operator = await api.appoint();
  // As the ticks do: a mark is good for ten seconds.
  let hasMark = true;
  const tick = () => (hasMark ? market.mark('0.1') : Promise.resolve());
  const ticking = setInterval(() => void tick().catch(() => undefined), 2_000);
  await tick();
  const openers: string[] = [];

  function post(path: string, reason: string, by: SignedUp = operator, key = newKey()) {
    const headers = { 'idempotency-key': key };
    return api.send('POST', path, { key: by.key, body: { reason }, headers });
  }

  async function read(id: string): Promise<BuybackWithSlices> {
    const answer = expectStatus(await api.send('GET', `/buybacks/${id}`), 200);
    return answer.as<{ buyback: BuybackWithSlices }>().buyback;
  }

  return {
    market,
    api,
    config: api.context.config,
    temporal,
    operator,
    post,
    read,
    handleOf: (id: string) => temporal.workflow.getHandle(`buyback/${id}`),

    /** Begins an extra run; its id. */
    async openExtra(): Promise<string> {
      const answer = expectStatus(await post('/admin/buybacks', 'A test'), 201);
      return answer.as<{ buyback: { id: string } }>().buyback.id;
    },

    steer: (verb: 'pause' | 'resume', id: string, by?: SignedUp, key?: string): Promise<Answer> =>
      post(`/admin/buybacks/${id}/${verb}`, 'A test', by, key),

    reaches: (id: string, status: string) =>
      eventually(async () => {
        const buyback = await read(id);
        return buyback.status === status && buyback;
      }, 40_000),

    /** The ticks stop, and what there was is forgotten. */
    async loseMark(): Promise<void> {
      hasMark = false;
      await market.mark('0.1', { ageMs: 3_600_000 });
    },
    async findMark(): Promise<void> {
      hasMark = true;
      await tick();
    },

    /** The first workflow that `trigger` ran. */
    firstOpener: () => openers[0] ?? '',

    /** Runs the schedule now; its opener, and what that answered: the id of the week's run. */
    async trigger(): Promise<{ workflowId: string; result: string }> {
      const schedule = temporal.schedule.getHandle('open-buyback');
      const before = (await schedule.describe()).info.numActionsTaken;
      await schedule.trigger();
      const action = await eventually(async () => {
        const { numActionsTaken, recentActions } = (await schedule.describe()).info;
        return numActionsTaken > before ? recentActions.at(-1) : undefined;
      });
      const { workflowId } = action.action.workflow;
      openers.push(workflowId);
      const result = (await temporal.workflow.getHandle(workflowId).result()) as string;
      return { workflowId, result };
    },

    /** Proves the books, too. */
    async close() {
      clearInterval(ticking);
      await connection.close();
      await api.close();
      await market.close();
    },
  };
}

/** With LCO for sale, and a worker that stops when the world closes. */
export async function createWorkedBuybackWorld(buybackSpread: string): Promise<BuybackWorld> {
  const world = await createBuybackWorld(buybackSpread);
  const worker = await startTestWorker(world.config);
  await world.market.sell('0.1');
  return {
    ...world,
    async close() {
      await worker.stop();
      await world.close();
    },
  };
}
