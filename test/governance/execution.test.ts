// A proposal that passed changes its parameter in one commit, if it is still what was voted on (DESIGN 2.11).
import { aChange, createWorld, dayMs, type World } from './world';

let world: World;
let whales: string[];

beforeEach(async () => {
  world = await createWorld();
  whales = [];
  for (let i = 0; i < 3; i++) whales.push(await world.addWhale());
});
afterEach(() => world.close());

/** Proposals of the first Whale that all are for, and whose votes are counted. */
async function queue(...requests: ReturnType<typeof aChange>[]): Promise<string[]> {
  const ids: string[] = [];
  for (const request of requests) ids.push((await world.propose(whales[0] ?? '', request)).id);
  world.pass(dayMs);
  for (const id of ids) for (const whale of whales) await world.vote(whale, id, 'for');
  world.pass(3 * dayMs);
  for (const id of ids) await world.advance(id);
  return ids;
}

const historyOf = async (name: string) =>
  (await world.parameters.history(name, { limit: 10 })).items;

it('expires when the parameter was changed meanwhile, even to the same value and back', async () => {
  const [id = ''] = await queue(aChange(20));
  await world.setParameter('exchange.takerFeeBps', 30, 1);
  await world.setParameter('exchange.takerFeeBps', 10, 2);
  world.pass(2 * dayMs);
  expect(await world.advance(id)).toMatchObject({
    proposal: { status: 'expired', endedBecause: 'stale', parameter: { executedVersion: null } },
  });
  expect(await world.valueOf('exchange.takerFeeBps')).toBe(10);
});

it('of two for the same parameter, executed at once, one is and one expires', async () => {
  const ids = await queue(aChange(20), aChange(30));
  world.pass(2 * dayMs);
  const other = world.governanceOf(world.openCommitter());
  const outcomes = await Promise.all([
    world.governance.execute(ids[0] ?? ''),
    other.execute(ids[1] ?? ''),
  ]);
  expect(outcomes.map(({ proposal }) => proposal.status).sort()).toEqual(['executed', 'expired']);
  expect(await historyOf('exchange.takerFeeBps')).toHaveLength(1);
});

it('is executed once, however many ask', async () => {
  const [id = ''] = await queue(aChange(20));
  world.pass(2 * dayMs);
  const other = world.governanceOf(world.openCommitter());
  const outcomes = await Promise.all(
    [world.governance, other, world.governance, other].map((by) => by.execute(id)),
  );
  expect(outcomes.map(({ proposal }) => proposal.status)).toEqual(Array(4).fill('executed'));
  expect(await historyOf('exchange.takerFeeBps')).toMatchObject([
    { version: 2, source: `proposal/${id}` },
  ]);
});

it.each([
  ['at the last moment', 0, 'executed', null],
  ['a millisecond after it', 1, 'expired', 'too_late'],
] as const)('may be executed seven days late, %s', async (_, late, status, endedBecause) => {
  const [id = ''] = await queue(aChange(20));
  world.pass(9 * dayMs + late);
  expect(await world.advance(id)).toMatchObject({ proposal: { status, endedBecause } });
});

it('expires when the value is no longer within the bounds', async () => {
  const [id = ''] = await queue(aChange(20));
  // As a release with other bounds would find it.
  await world
    .db('proposals')
    .where({ id })
    .update({ value: JSON.stringify(101) });
  world.pass(2 * dayMs);
  expect(await world.advance(id)).toMatchObject({
    proposal: { status: 'expired', endedBecause: 'invalid' },
  });
  await world
    .db('proposals')
    .where({ id })
    .update({ value: JSON.stringify(20) });
});

it('expires when the parameter is no more', async () => {
  const [id = ''] = await queue(aChange(20));
  await world.db('proposals').where({ id }).update({ parameter: 'gone.parameter' });
  world.pass(2 * dayMs);
  expect(await world.advance(id)).toMatchObject({
    proposal: { status: 'expired', endedBecause: 'invalid' },
  });
  await world.db('proposals').where({ id }).update({ parameter: 'exchange.takerFeeBps' });
});

it('changes amounts and levels as well', async () => {
  await queue(
    aChange('750.5', 'mark.impactNotional'),
    aChange({ Lv1: 6, Lv2: 50, Lv3: 50, Lv4: 100, Whale: 300 }, 'tiers.concurrency'),
  );
  world.pass(2 * dayMs);
  const { items } = await world.governance.list({ status: 'queued' }, { limit: 5 });
  for (const { id } of items) await world.advance(id);
  expect(await world.valueOf('mark.impactNotional')).toBe('750.5');
  expect(await world.valueOf('tiers.concurrency')).toMatchObject({ Lv1: 6, Whale: 300 });
});
