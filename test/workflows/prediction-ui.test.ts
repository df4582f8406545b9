// Prediction markets as people meet them in the Temporal UI (DESIGN 5): what it shows of them, and updates sent by hand.
import type { RunningWorker } from '../../worker/start-worker';
import {
  approvePredictionUpdate,
  predictionStatusQuery,
  predictionSummary,
  resolvePredictionUpdate,
} from '../../workflows/prediction-market';
import { lxEntity, lxKind, lxStatus, lxUser } from '../../workflows/search-attributes';
import { createPredictionWorld, shortWindows, type PredictionWorld } from './prediction-world';
import { eventually, expectStatus, startTestWorker } from './support';

let world: PredictionWorld;
let worker: RunningWorker;

beforeAll(async () => {
  world = await createPredictionWorld({ ...shortWindows, predictionDispute: '60s' });
  worker = await startTestWorker(world.config);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

async function detailsOf(id: string): Promise<string> {
  const metadata = await world
    .handleOf(id)
    .query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails;
}

async function summariesOf(id: string): Promise<string[]> {
  const { events } = await world.handleOf(id).fetchHistory();
  const summaries = (events ?? []).flatMap(({ userMetadata }) => {
    const data = userMetadata?.summary?.data;
    return data ? [JSON.parse(Buffer.from(data).toString()) as string] : [];
  });
  // A wait that ended early is named twice.
  return [...new Set(summaries)];
}

it('a market tells what it is, where it stands and what may be done, step by step', async () => {
  const question = 'Is `GPT-5` out? [look](http://x)';
  const id = await world.propose({ question });
  const handle = world.handleOf(id);
  const proposed = await eventually(
    async () => (await handle.query(predictionStatusQuery)) ?? false,
  );
  expect(proposed).toEqual(await world.service.get(id));
  const description = await handle.describe();
  expect(await description.staticSummary()).toBe("Prediction: `Is 'GPT-5' out? [look](http://x)`");
  expect(description.searchAttributes).toMatchObject({
    [lxKind.name]: ['prediction'],
    [lxEntity.name]: [id],
    [lxUser.name]: [world.proposer.id],
    [lxStatus.name]: ['proposed'],
  });
  const told = await detailsOf(id);
  for (const part of [
    "**Question** `Is 'GPT-5' out? [look](http://x)`",
    '**Source** `https://openai.com/news`',
    '**Proposed**: send the update `approve` or `reject` with',
    '| LCO in the pool | 1000 |',
    '**Rules** `YES if everybody can call it by the end of March. NO otherwise.`',
    '| probability of YES | 50.0% |',
  ]) {
    expect(told).toContain(part);
  }

  expectStatus(await world.approve(id), 200);
  expect(await detailsOf(id)).toMatch(/\*\*Open\*\* for bets until 20\d\d-/);
  await world.betExample(id);
  expectStatus(await world.resolve(id, 'no'), 200);
  const resolved = await detailsOf(id);
  expect(resolved).toContain('**An outcome is proposed**: holders may dispute it until 20');
  expect(resolved).toMatch(/\*\*Outcome\*\* no, as of 20.* by `\w+`: `As the source says`/);
  expect(resolved).toContain('| bets, holders | 2, 3 |');
  expectStatus(await world.dispute(id), 201);
  const disputed = await eventually(async () => {
    const details = await detailsOf(id);
    return details.includes('**Disputed**') && details;
  });
  expect(disputed).toContain('bond of 100 LCO held: `It says otherwise`');
  expectStatus(await world.rule(id, 'no'), 200);
  await handle.result();
  const ended = await detailsOf(id);
  expect(ended).toMatch(/\*\*Settled\*\* 20.*: no won, 1[\d.]+ LCO were paid, [\d.]+ burned\./);
  expect(ended).toMatch(/\*\*Ruling\*\* no, as of .*`I looked myself`/);
  const [first, second] = world.operators;
  expect(await summariesOf(id)).toEqual([
    "Prediction: `Is 'GPT-5' out? [look](http://x)`",
    'Read where the market stands',
    'An operator approves or rejects it',
    `Operator ${first.id}: approve`,
    'Users bet',
    `Operator ${first.id}: resolve`,
    'Holders may dispute',
    'The outcome was disputed: read the market',
    'A second operator rules',
    `Operator ${second.id}: rule`,
    'Cut off the bets after the fact',
    'Pay the lots and burn the fees',
  ]);
});

it.each([
  ['emoji', '😀', 100],
  ['quotation marks', '"', 200],
  ['backslashes', '\\', 200],
])('a question of %s is named in 400 bytes at most', async (_, character, count) => {
  const question = character.repeat(count);
  const id = await world.propose({ question });
  const description = await eventually(() => world.handleOf(id).describe());
  const summary = await description.staticSummary();
  expect(summary).toBe(`Prediction: \`${character.repeat(80)}…\``);
  expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThanOrEqual(400);
  expectStatus(await world.reject(id), 200);
});

it('names 200 emoji in 400 bytes as well', () => {
  const terms = { marketId: 'm', proposerId: 'p', question: '😀'.repeat(200) };
  expect(Buffer.byteLength(JSON.stringify(predictionSummary(terms)))).toBeLessThanOrEqual(400);
});

describe('an update sent by hand', () => {
  const resolving = ['resolve', 'rule'] as const;
  const all = ['approve', 'reject', 'void', ...resolving] as const;
  let id: string;

  beforeAll(async () => {
    id = await world.propose();
    await eventually(() => world.handleOf(id).describe());
  });
  afterAll(async () => {
    expectStatus(await world.reject(id), 200);
  });

  const send = (update: (typeof all)[number], act: unknown) =>
    world.handleOf(id).executeUpdate<unknown, [unknown]>(update, { args: [act] });
  const isInvalid = { cause: { type: 'INVALID_REQUEST' } };

  it('that does not say who, why and what is refused before it happens', async () => {
    const act = { operatorId: world.operators[0].id, reason: 'by hand' };
    const resolution = { ...act, outcome: 'yes', effectiveAt: new Date().toISOString() };
    const { effectiveAt: _, ...timeless } = resolution;
    const refused = [
      ...[
        undefined,
        null,
        'approve',
        { operatorId: act.operatorId },
        { reason: 'by nobody' },
        { operatorId: 'me', reason: 'no id' },
        { ...act, reason: ' ' },
        { ...act, reason: 'of\ntwo lines' },
        { ...act, reason: 'x'.repeat(501) },
        { ...act, reason: 5 },
        { ...act, requestId: 'a\nb' },
      ].flatMap((bad) => all.map((update) => [update, bad] as const)),
      ...[
        act,
        { ...resolution, outcome: 'maybe' },
        { ...resolution, outcome: 'void' },
        { ...resolution, outcome: ['yes'] },
        { ...resolution, effectiveAt: 'tomorrow' },
        { ...resolution, effectiveAt: 1_700_000_000_000 },
        { ...resolution, effectiveAt: null },
        { ...resolution, effectiveAt: '2026-13-01T00:00:00Z' },
        // What a machine would read by its own time zone.
        { ...resolution, effectiveAt: '2026-11-28T20:00:00' },
        { ...resolution, effectiveAt: '2026-11-28' },
        { ...resolution, effectiveAt: 'Nov 28 2026 20:00' },
        { ...resolution, effectiveAt: '1' },
      ].flatMap((bad) => resolving.map((update) => [update, bad] as const)),
      // A ruling leaves the time as it was proposed then.
      ['resolve', timeless] as const,
    ];
    for (const [update, bad] of refused) {
      await expect(send(update, bad)).rejects.toMatchObject(isInvalid);
    }
    const own = send('approve', { ...act, operatorId: world.proposer.id });
    await expect(own).rejects.toMatchObject({ cause: { type: 'ACTION_BY_INTERESTED_OPERATOR' } });
    const { events } = await world.handleOf(id).fetchHistory();
    expect(events?.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toBe(
      false,
    );
  });

  it('by who is no operator is refused by the command', async () => {
    const act = { operatorId: world.bettors[0].id, reason: 'not mine to decide' };
    const resolution = { ...act, outcome: 'yes', effectiveAt: new Date().toISOString() };
    for (const update of all) {
      await expect(send(update, resolution)).rejects.toMatchObject({
        cause: { cause: { type: 'FORBIDDEN' } },
      });
    }
    expect((await world.service.get(id)).status).toBe('proposed');
    expect(await world.actionsOn(id)).toEqual([]);
  });

  it('counts as one by HTTP does, and lands in the audit log under its own id', async () => {
    const market = await world.propose();
    await eventually(() => world.handleOf(market).describe());
    const act = { operatorId: world.operators[0].id, reason: 'by hand' };
    const approved = await world
      .handleOf(market)
      .executeUpdate(approvePredictionUpdate, { args: [act], updateId: 'ui-1' });
    expect(approved).toMatchObject({ status: 'open', review: { reason: 'by hand' } });
    const resolution = { ...act, outcome: 'yes', effectiveAt: '2020-01-01T00:00:00Z' } as const;
    const early = world
      .handleOf(market)
      .executeUpdate(resolvePredictionUpdate, { args: [resolution] });
    await expect(early).rejects.toMatchObject({ cause: { cause: { type: 'INVALID_REQUEST' } } });
    expectStatus(await world.void(market), 200);
    expect(await world.actionsOn(market)).toMatchObject([
      { action: 'prediction.void' },
      { action: 'prediction.approve', requestId: 'update:ui-1', reason: 'by hand' },
    ]);
    await world.handleOf(market).result();
  });
});
