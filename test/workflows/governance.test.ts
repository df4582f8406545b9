// Whole lives of proposals on a real Temporal server (DESIGN 2.11 and 5), with Whales who vote by HTTP.
import { restartWorkflows } from '../../launch/lifecycles';
import type { OperatorAct } from '../../workflows/operator-acts';
import { tallyQuery, vetoUpdate } from '../../workflows/governance-proposal';
import { lxEntity, lxKind, lxStatus, lxUser } from '../../workflows/search-attributes';
import type { RunningWorker } from '../../worker/start-worker';
import { aText, createGovernanceWorld, feeOf, type GovernanceWorld } from './governance-world';
import { eventually, expectStatus, newKey, startTestWorker } from './support';

let world: GovernanceWorld;
let worker: RunningWorker;

beforeAll(async () => {
  world = await createGovernanceWorld({
    governancePending: '1s',
    governanceActive: '5s',
    governanceExtension: '1500ms',
    governanceQueued: '2s',
    governanceExpiry: '60s',
  });
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

const resultOf = (id: string) => world.handleOf(id).result();

it('a parameter is voted on, waits, and is changed', async () => {
  const id = await world.propose(feeOf(20));
  const [ann, bob, cid] = world.whales;
  expectStatus(await world.vote(id, ann, 'for'), 409);
  await world.reaches(id, ({ status }) => status === 'active');
  expectStatus(await world.vote(id, ann, 'for'), 201);
  expectStatus(await world.vote(id, bob, 'for'), 201);
  expectStatus(await world.vote(id, cid, 'against'), 201);
  const told = await eventually(async () => {
    const standing = await world.handleOf(id).query(tallyQuery);
    return standing?.tally.voters === 3 && standing;
  });
  expect(told.tally).toEqual({
    for: '200000',
    against: '100000',
    abstain: '0',
    voters: 3,
    quorumReached: true,
    carried: true,
  });
  const active = await world.read(id, cid.key);
  expect(active).toMatchObject({
    proposal: { status: 'active', tally: told.tally, proposer: ann.handle },
    own: { choice: 'against', snapshotStake: '100000' },
  });
  const queued = await world.reaches(id, ({ status }) => status === 'queued');
  expect(await world.valueOf('exchange.takerFeeBps')).toBe(10);
  await world.reaches(id, ({ status }) => status === 'executed');
  expect(await world.valueOf('exchange.takerFeeBps')).toBe(20);
  const ended = (await world.read(id)).proposal;
  expect(Date.parse(ended.endedAt ?? '')).toBeGreaterThanOrEqual(
    Date.parse(queued.queuedUntil ?? ''),
  );
  await expect(resultOf(id)).resolves.toMatchObject({ id, status: 'executed' });
  expectStatus(await world.veto(id), 409);
});

it('the late vote that reaches the quorum extends the voting, and the workflow waits for it', async () => {
  // Votes are late almost from the opening on.
  const id = await world.proposeWith({ governanceExtension: 4_500 }, aText);
  await world.voteAll(id, 'for', 'for');
  const before = await world.reaches(
    id,
    ({ closesAt }) => Date.parse(closesAt) - Date.now() < 4_400,
  );
  const vote = expectStatus(await world.vote(id, world.whales[2], 'abstain'), 201);
  const { closesAt } = vote.as<{ vote: { closesAt: string } }>().vote;
  expect(Date.parse(closesAt) - Date.parse(before.closesAt)).toBe(4_500);
  const ended = await world.reaches(id, ({ endedAt }) => endedAt !== null);
  expect(ended).toMatchObject({ status: 'succeeded', closesAt });
  expect(Date.parse(ended.countedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(closesAt));
  await expect(resultOf(id)).resolves.toMatchObject({ status: 'succeeded' });
});

it('without a quorum it is defeated', async () => {
  const id = await world.propose(feeOf(30));
  await world.voteAll(id, 'for', 'for');
  await expect(
    eventually(() => world.handleOf(id).describe()).then(() => resultOf(id)),
  ).resolves.toMatchObject({ status: 'defeated', endedBecause: 'no_quorum' });
});

describe('a veto', () => {
  it('ends it in public while it waits to be executed', async () => {
    const id = await world.proposeWith({ governanceQueued: 60_000 }, feeOf(40));
    await world.voteAll(id, 'for', 'for', 'for');
    await world.reaches(id, ({ status }) => status === 'queued');
    const key = newKey();
    const vetoed = expectStatus(await world.veto(id, world.operator, key), 200);
    const again = expectStatus(await world.veto(id, world.operator, key), 200);
    expect(again.text).toBe(vetoed.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await world.read(id)).proposal).toMatchObject({
      status: 'vetoed',
      veto: { operator: world.operator.handle, reason: 'Against the law' },
      tally: { for: '300000', voters: 3 },
    });
    await expect(resultOf(id)).resolves.toMatchObject({ status: 'vetoed' });
    expectStatus(await world.veto(id), 409);
    expect(await world.valueOf('exchange.takerFeeBps')).toBe(20);
  });

  it('ends it while it is pending, and nobody votes then', async () => {
    const id = await world.propose(aText);
    expectStatus(await world.veto(id), 200);
    await expect(resultOf(id)).resolves.toMatchObject({ status: 'vetoed' });
    expectStatus(await world.vote(id, world.whales[0], 'for'), 409);
  });

  it('is nobody’s who is no operator, and of nothing that there is not', async () => {
    const id = await world.propose(aText);
    expectStatus(await world.veto(id, world.whales[1]), 403);
    expectStatus(await world.veto('00000000-0000-4000-8000-000000000000'), 404);
    const send = (act: Partial<OperatorAct>) =>
      world.handleOf(id).executeUpdate(vetoUpdate, { args: [act as OperatorAct] });
    await eventually(() => world.handleOf(id).describe());
    const { id: operatorId } = world.operator;
    for (const act of [
      { operatorId },
      { reason: 'no operator' },
      { operatorId: world.whales[1].id, reason: 'no operator' },
      { operatorId: world.whales[0].id, reason: 'own case' },
    ]) {
      await expect(send(act)).rejects.toThrow();
    }
    await expect(send({ operatorId, reason: 'sent by hand' })).resolves.toMatchObject({
      status: 'vetoed',
      veto: { operatorId, reason: 'sent by hand' },
    });
  });
});

it('tells the Temporal UI its story', async () => {
  const id = await world.propose({ ...feeOf(50), title: 'A [link](http://x) `code`' });
  await world.voteAll(id, 'for');
  const handle = world.handleOf(id);
  const description = await eventually(async () => {
    const described = await handle.describe();
    return described.searchAttributes[lxStatus.name]?.[0] === 'active' && described;
  });
  expect(await description.staticSummary()).toBe('Proposal: exchange.takerFeeBps = 50');
  expect(description.searchAttributes).toMatchObject({
    [lxKind.name]: ['proposal'],
    [lxEntity.name]: [id],
    [lxUser.name]: [world.whales[0].id],
  });
  const details = await eventually(async () => {
    const told = await detailsOf(id);
    return told.includes('| 100000 | 0 | 0 | 1 |') && told;
  });
  expect(details).toContain("`A [link](http://x) 'code'`");
  expect(details).toMatch(/\*\*exchange.takerFeeBps\*\* from `\d+` to \*\*`50`\*\*/);
  expect(details).toContain('Quorum (not reached): For + Abstain of 80000 LCO');
  expect(details).toContain('send the update `veto`');
  await handle.cancel();
  expectStatus(await world.veto(id), 200);
  await expect(handle.result()).resolves.toMatchObject({ status: 'vetoed' });
  const { events } = await handle.fetchHistory();
  const summaries = (events ?? []).flatMap(({ userMetadata }) => {
    const data = userMetadata?.summary?.data;
    return data ? [JSON.parse(Buffer.from(data).toString()) as string] : [];
  });
  expect(summaries).toEqual(
    expect.arrayContaining([
      'Read where the proposal stands',
      'Until voting opens',
      'Whales vote',
      'Somebody has voted: read the tally',
      `Operator ${world.operator.id}: veto`,
    ]),
  );
});

it('one whose workflow was ended from outside is found and goes on', async () => {
  const id = await world.propose(aText);
  await world.voteAll(id, 'for', 'for', 'for');
  // Each vote's own message would start it again.
  await eventually(async () => {
    const waiting = await world.context
      .db('outbox')
      .whereNull('delivered_at')
      .pluck<bigint[]>('id');
    return waiting.length === 0;
  });
  await world.handleOf(id).terminate('by mistake');
  const { databaseUrl = '', temporal } = world.config;
  const engines = { databaseUrl, temporal };
  // As if it were older than what may still be on its way.
  const age = (ms: number) =>
    world.context
      .db('proposals')
      .where({ id })
      .update({
        created_at: world.context.db.raw(`created_at - ? * interval '1 ms'`, [ms]),
        pending_ms: world.context.db.raw('pending_ms + ?', [ms]),
      });
  await age(60_000);
  expect(await restartWorkflows(engines)).toEqual([`proposal/${id}`]);
  await age(-60_000);
  expect(await world.reaches(id, ({ endedAt }) => endedAt !== null)).toMatchObject({
    status: 'succeeded',
    tally: { for: '300000' },
  });
});

it('one that nobody worked on is caught up with, and takes votes meanwhile', async () => {
  await worker.stop();
  const id = await world.propose(feeOf(60));
  await world.voteAll(id, 'for', 'for', 'for');
  expect((await world.read(id)).proposal).toMatchObject({
    status: 'active',
    tally: { for: '300000', quorumReached: true },
  });
  await world.reaches(id, ({ closesAt }) => Date.parse(closesAt) < Date.now());
  // After the close it changes nothing.
  expectStatus(await world.post('/staking/unstakes', world.whales[2], { amount: '100000' }), 201);
  worker = await startTestWorker(world.config);
  const ended = await world.reaches(id, ({ endedAt }) => endedAt !== null);
  expect(ended).toMatchObject({ status: 'executed', tally: { for: '300000', voters: 3 } });
  expect(await world.valueOf('exchange.takerFeeBps')).toBe(60);
});
