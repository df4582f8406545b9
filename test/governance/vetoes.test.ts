// Operators veto in public (DESIGN 2.11): until it is over, never in their own case, and in the audit log.
import { refusal } from '../support/refusals';
import { aChange, createWorld, dayMs, type World } from './world';

let world: World;
let whales: string[];
let id: string;

beforeEach(async () => {
  world = await createWorld();
  whales = [];
  for (let i = 0; i < 3; i++) whales.push(await world.addWhale());
  ({ id } = await world.propose(whales[0] ?? '', aChange(20)));
});
afterEach(() => world.close());

async function pass(until: 'pending' | 'active' | 'queued'): Promise<void> {
  if (until === 'pending') return;
  world.pass(dayMs);
  await world.advance(id);
  for (const whale of whales) await world.vote(whale, id, 'for');
  if (until === 'active') return;
  world.pass(3 * dayMs);
  await world.advance(id);
}

it.each(['pending', 'active', 'queued'] as const)('while it is %s', async (status) => {
  await pass(status);
  const act = world.vetoOf(id);
  const vetoed = await world.governance.veto(act);
  expect(await world.governance.veto(act)).toEqual(vetoed);
  expect(vetoed).toMatchObject({ proposal: { status: 'vetoed' }, next: { kind: 'nothing' } });
  const { proposal } = await world.governance.get(id);
  const operator = await world.db('users').first<{ handle: string }>().where('id', world.operator);
  expect(proposal.veto).toEqual({ operator: operator.handle, reason: 'Against the law' });
  expect(await world.db('audit_log').where('action', 'proposal.veto')).toMatchObject([
    { operator_id: world.operator, subject_id: id, reason: 'Against the law', details: { status } },
  ]);
  world.pass(10 * dayMs);
  expect(await world.advance(id)).toMatchObject({ proposal: { status: 'vetoed' } });
  expect(await world.valueOf('exchange.takerFeeBps')).toBe(10);
  await expect(world.governance.veto(world.vetoOf(id))).rejects.toEqual(
    refusal('STATE_CONFLICT', { status: 'vetoed' }),
  );
});

it('not once it is executed', async () => {
  await pass('queued');
  world.pass(2 * dayMs);
  await world.advance(id);
  await expect(world.governance.veto(world.vetoOf(id))).rejects.toEqual(
    refusal('STATE_CONFLICT', { status: 'executed' }),
  );
});

it('decided at the same moment as its execution, one of the two happens', async () => {
  await pass('queued');
  world.pass(2 * dayMs);
  const other = world.governanceOf(world.openCommitter());
  const [veto, executed] = await Promise.allSettled([
    other.veto(world.vetoOf(id)),
    world.governance.execute(id),
  ]);
  expect(executed.status).toBe('fulfilled');
  const { status } = (await world.governance.get(id)).proposal;
  expect(status).toBe(veto.status === 'fulfilled' ? 'vetoed' : 'executed');
  expect(await world.valueOf('exchange.takerFeeBps')).toBe(status === 'vetoed' ? 10 : 20);
});

it.each([
  [
    'somebody who is no operator',
    'FORBIDDEN',
    () => world.vetoOf(id, { operatorId: whales[1] ?? '' }),
  ],
  ['no reason', 'INVALID_REQUEST', () => world.vetoOf(id, { reason: '' })],
  [
    'a proposal that there is not',
    'PROPOSAL_NOT_FOUND',
    () => world.vetoOf('00000000-0000-4000-8000-000000000000'),
  ],
] as const)('refuses %s', async (_, code, act) => {
  await expect(world.governance.veto(act())).rejects.toEqual(refusal(code));
});

it('not by who proposed it or voted on it; by a Whale who did not', async () => {
  await pass('pending');
  world.pass(dayMs);
  const [proposer = '', voter = '', other = ''] = whales;
  await world.vote(voter, id, 'against');
  await world.db('users').whereIn('id', whales).update({ role: 'operator' });
  for (const operatorId of [proposer, voter]) {
    await expect(world.governance.veto(world.vetoOf(id, { operatorId }))).rejects.toEqual(
      refusal('ACTION_BY_INTERESTED_OPERATOR'),
    );
  }
  await world.governance.veto(world.vetoOf(id, { operatorId: other }));
});

it('leaves the votes readable as they stood when it came', async () => {
  await pass('active');
  world.pass(1);
  await world.governance.veto(world.vetoOf(id));
  world.pass(1);
  await world.unstake(whales[0] ?? '', '100000');
  expect((await world.governance.get(id)).proposal.tally).toMatchObject({ for: '300000' });
});
