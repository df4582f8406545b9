// The schedules and what they run (DESIGN 5): made once, kept as an operator left them, sweeping dead processes'
// reservations and auditing the books.
import type { WorkflowHandle } from '@temporalio/client';
import { Registry } from 'prom-client';
import { parseAmount } from '../../domain/money';
import { userAccount } from '../../ledger/accounts';
import { moveBetween, putRow, type Command } from '../../ledger/command';
import { newId } from '../../ledger/ids';
import { relayCalls } from '../../services/calls/relay-calls';
import { requireUser, userStates } from '../../services/identity/user-state';
import type { RunningWorker } from '../../worker/start-worker';
import { ensureSchedules } from '../../worker/schedules';
import { lxStatus } from '../../workflows/search-attributes';
import { createWorld, eventually, startTestWorker, type World } from './support';

/** Reserves for a call, as the relay does, and dies. */
const reserveAndDie: Command<{ userId: string; processId: string; amount: bigint }, null> = {
  kind: 'test_reserve',
  keys: () => ({}),
  decide(view, { userId, processId, amount }) {
    const user = requireUser(view, userId);
    const id = newId();
    const from = userAccount(userId, 'available', 'CREDIT');
    return {
      transfers: [
        moveBetween('relay_reserve', from, userAccount(userId, 'relay', 'CREDIT'), amount, id),
      ],
      rows: [
        putRow(relayCalls, {
          ...blankCall,
          id,
          userId,
          processId,
          reserved: amount,
          openedAt: view.at,
        }),
        putRow(userStates, { ...user, liveCalls: user.liveCalls + 1 }),
      ],
      result: null,
    };
  },
};

const blankCall = {
  keyId: null,
  endpoint: 'chat/completions',
  modelId: 'a-model',
  priceVersionId: 'a-model@1',
  tier: 'Lv1',
  priceBps: 10_000,
  status: 'live',
  endedAt: null,
  ending: null,
  settlementNumber: null,
  inputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  outputTokens: null,
  tokenSource: null,
  charge: null,
  cost: null,
  shortfall: null,
  excess: null,
  mined: null,
  epoch: null,
  channelId: null,
  latencyMs: null,
  ttftMs: null,
  warRoundId: null,
  freeCharge: null,
  imoId: null,
  quota: null,
};

describe('the schedules', () => {
  let world: World;
  let worker: RunningWorker;

  beforeAll(async () => {
    world = await createWorld();
    await world.fund('100');
    worker = await startTestWorker(world.config, new Registry());
  });

  afterAll(async () => {
    await worker.stop();
    await world.close();
  });

  const handleOf = (id: string) => world.temporal.schedule.getHandle(id);

  /** Runs it now; its workflow's handle. */
  async function run(id: string) {
    const before = (await handleOf(id).describe()).info.numActionsTaken;
    await handleOf(id).trigger();
    const action = await eventually(async () => {
      const { numActionsTaken, recentActions } = (await handleOf(id).describe()).info;
      return numActionsTaken > before ? recentActions.at(-1) : undefined;
    });
    return world.temporal.workflow.getHandle(action.action.workflow.workflowId);
  }

  /** What the Temporal UI shows of it. */
  async function detailsOf(workflow: WorkflowHandle): Promise<string> {
    const metadata = await workflow.query<{ currentDetails: string }>(
      '__temporal_workflow_metadata',
    );
    return metadata.currentDetails;
  }

  it('run the sweep twice a minute and the audit at ten past midnight, one after the other', async () => {
    const sweep = await handleOf('reservation-sweep').describe();
    expect(sweep.spec.intervals).toMatchObject([{ every: 30_000 }]);
    const audit = await handleOf('daily-audit').describe();
    const [next] = audit.info.nextActionTimes;
    expect(next?.toISOString()).toMatch(/T00:10:00.000Z$/);
    for (const { policies } of [sweep, audit]) {
      expect(policies).toMatchObject({
        overlap: 'BUFFER_ONE',
        catchupWindow: 7 * 24 * 3600 * 1000,
      });
    }
  });

  it('are made once, and stay paused when an operator paused one', async () => {
    await handleOf('daily-audit').pause('maintenance');
    await Promise.all([ensureSchedules(world.temporal), ensureSchedules(world.temporal)]);
    const { state } = await handleOf('daily-audit').describe();
    expect(state).toMatchObject({ paused: true, note: 'maintenance' });
    await handleOf('daily-audit').unpause();
  });

  it("gives back what a dead process held of its users' Credits", async () => {
    const { db } = world.api.context;
    const processId = newId();
    await db('relay_processes').insert({ id: processId, beat_at: new Date(Date.now() - 60_000) });
    const call = { userId: world.user.id, processId, amount: parseAmount('25') };
    await world.api.context.committer.submit(reserveAndDie, call, { actor: 'test' });
    expect(await world.credits()).toMatchObject({ available: '75' });
    const sweep = await run('reservation-sweep');
    await sweep.result();
    expect(await world.credits()).toMatchObject({ available: '100' });
  });

  it('audit the books, and fail loudly with what does not hold', async () => {
    const sound = await run('daily-audit');
    await expect(sound.result()).resolves.toMatchObject({ checks: expect.any(Number) as number });
    expect(await detailsOf(sound)).toMatch(/^\*\*The books hold/);

    const { db } = world.api.context;
    const account = { owner_id: world.user.id, purpose: 'available', asset: 'CREDIT' };
    await db('accounts').where(account).increment('balance', 1);
    const broken = await run('daily-audit');
    await expect(broken.result()).rejects.toMatchObject({
      cause: {
        cause: {
          type: 'AUDIT_FAILED',
          message: expect.stringContaining('The books do not hold') as string,
        },
      },
    });
    expect(await detailsOf(broken)).toMatch(
      /^\*\*The books do not hold.*- the journal: .*CREDIT says \d+ base units/s,
    );
    const { typedSearchAttributes } = await broken.describe();
    expect(typedSearchAttributes.get(lxStatus)).toBe('broken');
    await db('accounts').where(account).decrement('balance', 1);
  });
});
