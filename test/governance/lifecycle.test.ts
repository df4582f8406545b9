// The life of a proposal, step by step on a clock that the test sets (DESIGN 2.11).
import { refusal } from '../support/refusals';
import { aChange, aText, createWorld, dayMs, hourMs, type World } from './world';

let world: World;
let whales: string[];

beforeEach(async () => {
  world = await createWorld();
  whales = [];
  for (let i = 0; i < 3; i++) whales.push(await world.addWhale());
});
afterEach(() => world.close());

const whale = (i: number) => whales[i] ?? '';

it('a parameter: pending, active, queued, executed, and in force', async () => {
  const { id } = await world.propose(whale(0), aChange(20));
  expect(await world.advance(id)).toMatchObject({
    proposal: { status: 'pending', parameter: { valueBefore: 10, expectedVersion: 1 } },
    next: { kind: 'open', waitMs: dayMs },
  });
  world.pass(dayMs);
  expect(await world.advance(id)).toMatchObject({
    proposal: { status: 'active' },
    next: { kind: 'count', waitMs: 3 * dayMs },
  });
  await world.vote(whale(0), id, 'for');
  await world.vote(whale(1), id, 'for');
  await world.vote(whale(2), id, 'against');
  world.pass(3 * dayMs);
  expect(await world.advance(id)).toMatchObject({
    proposal: { status: 'queued', endedAt: null },
    tally: { for: '200000', against: '100000', abstain: '0', voters: 3, quorumReached: true },
    next: { kind: 'execute', waitMs: 2 * dayMs },
  });
  expect(await world.valueOf('exchange.takerFeeBps')).toBe(10);
  world.pass(2 * dayMs);
  expect(await world.advance(id)).toMatchObject({
    proposal: { status: 'executed', parameter: { executedVersion: 2 } },
    next: { kind: 'nothing' },
  });
  expect(await world.valueOf('exchange.takerFeeBps')).toBe(20);
  const { items } = await world.parameters.history('exchange.takerFeeBps', { limit: 1 });
  expect(items).toMatchObject([
    { source: `proposal/${id}`, reason: 'Another fee', value: 20, previousValue: 10, version: 2 },
  ]);
  expect(await world.governance.execute(id)).toMatchObject({ proposal: { status: 'executed' } });
  expect((await world.parameters.history('exchange.takerFeeBps', { limit: 5 })).items).toHaveLength(
    1,
  );
});

it('a text that passes ends with that', async () => {
  const { id } = await world.propose(whale(0), aText);
  world.pass(dayMs);
  for (const voter of whales) await world.vote(voter, id, 'for');
  world.pass(3 * dayMs);
  expect(await world.advance(id)).toMatchObject({
    proposal: { status: 'succeeded', queuedUntil: null },
    next: { kind: 'nothing' },
  });
});

it.each([
  ['two Whales vote', ['for', 'for'], 'no_quorum'],
  ['nobody votes', [], 'no_quorum'],
  ['as many are for it as against', ['for', 'against', 'abstain'], 'outvoted'],
  ['all abstain', ['abstain', 'abstain', 'abstain'], 'outvoted'],
] as const)('is defeated when %s', async (_, choices, endedBecause) => {
  const { id } = await world.propose(whale(0));
  world.pass(dayMs);
  for (const [i, choice] of choices.entries()) await world.vote(whale(i), id, choice);
  world.pass(3 * dayMs);
  expect(await world.advance(id)).toMatchObject({ proposal: { status: 'defeated', endedBecause } });
});

it('needs two thirds where the whitepaper names the value', async () => {
  const ids = [];
  for (const value of [2_500, 3_000]) {
    ids.push((await world.propose(whale(0), aChange(value, 'buyback.profitShareBps'))).id);
  }
  world.pass(dayMs);
  const [two = '', one = ''] = ids;
  for (const id of ids) {
    await world.vote(whale(0), id, 'for');
    await world.vote(whale(2), id, 'against');
  }
  await world.vote(whale(1), two, 'for');
  await world.vote(whale(1), one, 'abstain');
  world.pass(3 * dayMs);
  expect(await world.advance(two)).toMatchObject({ proposal: { status: 'queued' } });
  expect(await world.advance(one)).toMatchObject({
    proposal: { status: 'defeated', endedBecause: 'outvoted', thresholds: { twoThirds: true } },
  });
});

it('each step, asked for too early or again, changes nothing and tells how long to wait', async () => {
  const { id } = await world.propose(whale(0), aChange());
  for (const step of ['open', 'count', 'execute'] as const) {
    expect(await world.governance[step](id)).toMatchObject({
      revision: 1,
      next: { kind: 'open', waitMs: dayMs },
    });
  }
  world.pass(dayMs - 1);
  expect((await world.governance.open(id)).next).toMatchObject({ kind: 'open', waitMs: 1 });
  world.pass(1);
  const both = await Promise.all([world.governance.open(id), world.governance.open(id)]);
  expect(both.map(({ revision }) => revision)).toEqual([2, 2]);
  world.pass(3 * dayMs - 1);
  expect((await world.governance.count(id)).next).toMatchObject({ kind: 'count', waitMs: 1 });
});

it('counts late what stood before the close, and the timelock begins with the count', async () => {
  const { id } = await world.propose(whale(0), aChange());
  world.pass(dayMs);
  for (const voter of whales) await world.vote(voter, id, 'for');
  world.pass(3 * dayMs);
  // After the close: no vote is lost by it.
  for (const voter of whales) await world.unstake(voter, '100000');
  world.pass(10 * dayMs);
  expect(await world.advance(id)).toMatchObject({
    proposal: { status: 'queued' },
    tally: { for: '300000', voters: 3 },
    next: { kind: 'execute', waitMs: 2 * dayMs },
  });
});

it('goes on without anybody moving it: votes are taken by the journal’s time alone', async () => {
  const { id } = await world.propose(whale(0), aText);
  await expect(world.vote(whale(0), id, 'for')).rejects.toEqual(refusal('STATE_CONFLICT'));
  world.pass(dayMs + hourMs);
  await world.vote(whale(0), id, 'for');
  expect((await world.governance.get(id)).proposal.status).toBe('active');
  expect((await world.governance.open(id)).next.kind).toBe('count');
});
