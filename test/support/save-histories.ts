// Saves a history of each workflow into test/histories, where the replay test looks: run it by hand whenever a
// workflow is new or was changed under `patched()` (`node scripts/run.mjs test/support/save-histories [name …]`).
// Histories of workflows that still run somewhere must go on replaying: add files, do not overwrite.
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection, type Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import prettier from 'prettier';
import { projectRoot } from '../../launch/paths';
import { findFreePort } from '../../launch/processes/ports';
import { endProcess, identify, waitUntil } from '../../launch/processes/processes';
import { findTemporal } from '../../launch/temporal/temporal-binary';
import { newId } from '../../ledger/ids';
import type { OperatorAct } from '../../workflows/operator-acts';
import { approveUpdate } from '../../workflows/redemption';
import {
  createWorld,
  eventually,
  redemptionOf,
  startTestWorker,
  type World,
} from '../workflows/support';
import { createBuybackWorld } from '../workflows/buyback-world';
import { createImoWorld } from '../workflows/imo-world';
import { createGovernanceWorld } from '../workflows/governance-world';
import { createMarginWorld } from '../workflows/margin-world';
import { createPredictionWorld, shortWindows } from '../workflows/prediction-world';
import { createUnstakeWorld } from '../workflows/unstake-world';
import { createVideoWorld, quickWindows } from '../workflows/video-world';
import { createWarsWorld } from '../workflows/wars-world';
import { buybackScenarios } from './buyback-histories';
import { randomPort } from './engines';
import { governanceScenarios, savedGovernanceWindows } from './governance-histories';
import setUp from './global-setup';
import tearDown from './global-teardown';
import { imoScenarios } from './imo-histories';
import { marginScenarios } from './margin-histories';
import { withoutStackFrames } from './portable-history';
import { continuedPredictions, predictionScenarios } from './prediction-histories';
import { unstakeScenarios } from './unstake-histories';
import { videoScenarios } from './video-histories';
import { savedWindows, warsScenarios } from './wars-histories';

/** Makes the server suggest continueAsNew so early that a history of it stays small. */
const suggestAfterEvents = 40;

/** Makes one history; returns the id of its workflow. */
type Scenario = (world: World) => Promise<string>;

const scenarios: Readonly<Record<string, Scenario>> = {
  async 'redemption-approved'(world) {
    const id = await world.request('10');
    redemptionOf(await world.decide('approve', id, world.operators[0]));
    return `redemption/${id}`;
  },

  async 'redemption-four-eyes'(world) {
    const id = await world.request('1000.5');
    redemptionOf(await world.decide('approve', id, world.operators[0]));
    redemptionOf(await world.decide('approve', id, world.operators[1]));
    return `redemption/${id}`;
  },

  async 'redemption-rejected'(world) {
    const id = await world.request('20');
    redemptionOf(await world.decide('reject', id, world.operators[1]));
    return `redemption/${id}`;
  },

  async 'redemption-refused-then-both-at-once'(world) {
    const id = await world.request('1000.5');
    await refuse(world, id);
    const [first, second] = world.operators;
    await Promise.all([world.decide('approve', id, first), world.decide('approve', id, second)]);
    return `redemption/${id}`;
  },

  // The first run, which ends by continuing as new.
  async 'redemption-continued'(world) {
    const id = await world.request('1000.5');
    redemptionOf(await world.decide('approve', id, world.operators[0]));
    const handle = world.temporal.workflow.getHandle(`redemption/${id}`);
    const { runId } = await handle.describe();
    await eventually(async () => {
      await refuse(world, id);
      return (await handle.describe()).runId !== runId;
    });
    redemptionOf(await world.decide('approve', id, world.operators[1]));
    return `redemption/${id} ${runId}`;
  },

  'reservation-sweep': (world) => runScheduled(world, 'reservation-sweep'),
  'daily-audit': (world) => runScheduled(world, 'daily-audit'),

  async 'daily-audit-failed'(world) {
    await world.api.context.db('accounts').where('purpose', 'redeeming').increment('balance', 1);
    const workflowId = await runScheduled(world, 'daily-audit');
    await world.api.context.db('accounts').where('purpose', 'redeeming').decrement('balance', 1);
    return workflowId;
  },

  // After the audits, for it makes a call up. The first run, which has more days to make than a history takes.
  async 'daily-roots-continued'(world) {
    await settleLongAgo(world, 25);
    const workflowId = await runScheduled(world, 'daily-roots');
    const runs = world.temporal.workflow.list({ query: `WorkflowId = "${workflowId}"` });
    const first = await eventually(async () => {
      let oldest: { runId: string; startTime: Date } | undefined;
      for await (const run of runs) {
        if (!oldest || run.startTime < oldest.startTime) oldest = run;
      }
      return oldest;
    });
    return `${workflowId} ${first.runId}`;
  },

  // Its last run, with some days and the liabilities; in a fresh world there are only those.
  async 'daily-roots'(world) {
    const { info } = await world.temporal.schedule.getHandle('daily-roots').describe();
    const last = info.recentActions.at(-1)?.action.workflow.workflowId;
    return last ?? runScheduled(world, 'daily-roots');
  },
};

/** A settled call so many days ago, as a row: no journal goes back. */
async function settleLongAgo({ api: { context }, user }: World, days: number): Promise<void> {
  const at = new Date(Date.now() - days * 24 * 60 * 60 * 1000);
  const id = newId();
  await context.db('relay_calls').insert({
    ...{ id, user_id: user.id, process_id: id, channel_id: id, status: 'settled' },
    ...{ endpoint: 'chat/completions', model_id: 'm', price_version_id: 'm@1', tier: 'Lv1' },
    ...{ price_bps: 10_000, reserved: 0, opened_at: at, ended_at: at, ending: 'completed' },
    ...{ settlement_number: 1, input_tokens: 0, cached_input_tokens: 0, cache_write_tokens: 0 },
    ...{ output_tokens: 0, token_source: 'upstream', charge: 0, cost: 0, shortfall: 0, excess: 0 },
    ...{ mined: 0, epoch: 0, latency_ms: 1 },
  });
}

/** An update whose activity refuses: who sends it is no operator. */
async function refuse(world: World, id: string): Promise<void> {
  const handle = world.temporal.workflow.getHandle(`redemption/${id}`);
  const args: [OperatorAct] = [{ operatorId: world.user.id, reason: 'not mine to decide' }];
  await handle.executeUpdate(approveUpdate, { args }).then(
    () => Promise.reject(new Error('it was accepted')),
    () => undefined,
  );
}

async function runScheduled(world: World, scheduleId: string): Promise<string> {
  const handle = world.temporal.schedule.getHandle(scheduleId);
  const known = (await handle.describe()).info.recentActions.length;
  await handle.trigger();
  const action = await eventually(async () => {
    const { recentActions } = (await handle.describe()).info;
    return recentActions.length > known ? recentActions.at(-1) : undefined;
  });
  const { workflowId } = action.action.workflow;
  await world.temporal.workflow
    .getHandle(workflowId)
    .result()
    .catch(() => undefined);
  return workflowId;
}

async function save(name: string, temporal: Client, run: () => Promise<string>): Promise<void> {
  const path = join(projectRoot(), 'test', 'histories', `${name}.json`);
  if (existsSync(path)) {
    console.log(`${name} is there already`);
    return;
  }
  const [workflowId = '', runId] = (await run()).split(' ');
  const handle = temporal.workflow.getHandle(workflowId, runId);
  await handle.result().catch(() => undefined);
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  const text = JSON.stringify(withoutStackFrames(history), null, 2);
  writeFileSync(path, await prettier.format(text, { parser: 'json', printWidth: 100 }));
  console.log(`saved ${name}`);
}

async function startEagerTemporal(): Promise<{ address: string; stop(): Promise<unknown> }> {
  const { path } = await findTemporal({ env: process.env, onProgress: console.log });
  const port = await findFreePort(randomPort());
  const limit = `limit.historyCount.suggestContinueAsNew=${suggestAfterEvents}`;
  const args = ['--headless', '--port', String(port), '--dynamic-config-value', limit];
  const child = spawn(path, ['server', 'start-dev', ...args], { stdio: 'ignore' });
  const address = `127.0.0.1:${port}`;
  const isUp = () =>
    Connection.connect({ address, connectTimeout: '1s' }).then(
      (connection) => connection.close().then(() => true),
      () => false,
    );
  if (!(await waitUntil(isUp, 30_000))) throw new Error('Temporal did not start');
  return { address, stop: () => endProcess(identify(child.pid ?? 0), 'SIGTERM', 10_000) };
}

async function saveAll(address: string, isWanted: (name: string) => boolean): Promise<void> {
  const world = await createWorld({ temporalAddress: address });
  const worker = await startTestWorker(world.config);
  for (let i = 0; i < 6; i++) await world.fund('1000');
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (isWanted(name)) await save(name, world.temporal, () => scenario(world));
  }
  await worker.stop();
  await world.close();
}

async function saveBuybacks(address: string, isWanted: (name: string) => boolean): Promise<void> {
  const world = await createBuybackWorld('2s', address);
  const worker = await startTestWorker(world.config);
  for (const [name, scenario] of Object.entries(buybackScenarios)) {
    if (isWanted(name)) await save(name, world.temporal, () => scenario(world));
  }
  // Its market proves the books when it closes, which takes Jest: it ends with the process.
  await worker.stop();
}

async function saveUnstakes(address: string, isWanted: (name: string) => boolean): Promise<void> {
  const world = await createUnstakeWorld(1_000, address);
  const worker = await startTestWorker(world.config);
  for (const [name, scenario] of Object.entries(unstakeScenarios)) {
    if (isWanted(name)) await save(name, world.temporal, () => scenario(world));
  }
  await worker.stop();
}

async function saveVideos(address: string, isWanted: (name: string) => boolean): Promise<void> {
  const world = await createVideoWorld({ ...quickWindows, videoDeadline: '4s' }, address);
  const worker = await startTestWorker(world.config);
  for (const [name, scenario] of Object.entries(videoScenarios)) {
    if (isWanted(name)) await save(name, world.temporal, () => scenario(world));
  }
  // As above.
  await worker.stop();
}

async function saveWars(address: string, isWanted: (name: string) => boolean): Promise<void> {
  const world = await createWarsWorld(savedWindows, address);
  await world.endow('prize_pool', '0.001');
  await world.endow('free_calls', '0.01');
  const worker = await startTestWorker(world.config);
  for (const [name, scenario] of Object.entries(warsScenarios)) {
    if (isWanted(name)) await save(name, world.temporal, () => scenario(world));
  }
  // As above.
  await worker.stop();
}

async function saveImos(address: string, isWanted: (name: string) => boolean): Promise<void> {
  const world = await createImoWorld(address);
  const worker = await startTestWorker(world.config);
  const holder = await world.addHolder(10_000, 1_000);
  for (const [name, scenario] of Object.entries(imoScenarios)) {
    if (isWanted(name)) await save(name, world.temporal, () => scenario(world, holder));
  }
  // As above.
  await worker.stop();
}

async function saveProposals(address: string, isWanted: (name: string) => boolean): Promise<void> {
  const world = await createGovernanceWorld(savedGovernanceWindows, address);
  const worker = await startTestWorker(world.config);
  for (const [name, scenario] of Object.entries(governanceScenarios)) {
    if (isWanted(name)) await save(name, world.temporal, () => scenario(world));
  }
  // As above.
  await worker.stop();
}

/** @param address of the eager server; undefined: of the run's own, where a long life is one history */
async function savePredictions(
  scenarios: typeof predictionScenarios,
  address: string | undefined,
  isWanted: (name: string) => boolean,
): Promise<void> {
  const windows = { ...shortWindows, predictionAutoVoid: '2s' };
  const world = await createPredictionWorld(windows, address);
  const worker = await startTestWorker(world.config);
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (isWanted(name)) await save(name, world.temporal, () => scenario(world));
  }
  // As above.
  await worker.stop();
}

async function saveMargins(address: string, isWanted: (name: string) => boolean): Promise<void> {
  const world = await createMarginWorld(address);
  const worker = await startTestWorker(world.config);
  for (const [name, scenario] of Object.entries(marginScenarios)) {
    if (isWanted(name)) await save(name, world.temporal, () => scenario(world));
  }
  // As above.
  await worker.stop();
}

async function main(): Promise<void> {
  const names = process.argv.slice(2);
  const isWanted = (name: string) => names.length === 0 || names.includes(name);
  await setUp();
  const temporal = await startEagerTemporal();
  try {
    if (Object.keys(scenarios).some(isWanted)) await saveAll(temporal.address, isWanted);
    if (Object.keys(buybackScenarios).some(isWanted))
      await saveBuybacks(temporal.address, isWanted);
    if (Object.keys(unstakeScenarios).some(isWanted))
      await saveUnstakes(temporal.address, isWanted);
    if (Object.keys(videoScenarios).some(isWanted)) await saveVideos(temporal.address, isWanted);
    if (Object.keys(warsScenarios).some(isWanted)) await saveWars(temporal.address, isWanted);
    if (Object.keys(imoScenarios).some(isWanted)) await saveImos(temporal.address, isWanted);
    if (Object.keys(governanceScenarios).some(isWanted))
      await saveProposals(temporal.address, isWanted);
    if (Object.keys(marginScenarios).some(isWanted)) await saveMargins(temporal.address, isWanted);
    if (Object.keys(predictionScenarios).some(isWanted))
      await savePredictions(predictionScenarios, undefined, isWanted);
    if (Object.keys(continuedPredictions).some(isWanted))
      await savePredictions(continuedPredictions, temporal.address, isWanted);
  } finally {
    await temporal.stop();
    await tearDown();
  }
}

main()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => process.exit());
