// Governance by HTTP (DESIGN 2.11 and 6), while no worker runs: proposing, voting and reading need none.
import { newId } from '../../ledger/ids';
import type { ProposalDetails } from '../../services/governance/proposal-reads';
import {
  aText,
  createGovernanceWorld,
  feeOf,
  type GovernanceWorld,
} from '../workflows/governance-world';
import { eventually, expectStatus, newKey } from '../workflows/support';

let world: GovernanceWorld;

beforeAll(async () => {
  world = await createGovernanceWorld({
    governancePending: '1s',
    governanceActive: '10m',
    governanceExtension: '0s',
    governanceQueued: '1h',
    governanceExpiry: '1h',
  });
});
afterEach(async () => {
  const open = await world.context
    .db('proposals')
    .whereIn('status', ['pending', 'active'])
    .pluck<string[]>('id');
  for (const proposalId of open) {
    await world.context.services.governance.veto({
      proposalId,
      operatorId: world.operator.id,
      reason: 'The test is over',
      decisionKey: newKey(),
      requestId: newId(),
    });
  }
  await world.assertBooksBalance();
});
afterAll(() => world.close());

const get = (path: string, key?: string) =>
  world.api.send('GET', path, key === undefined ? {} : { key });

it('a proposal is made, listed, read and voted on', async () => {
  const [ann, bob, cid] = world.whales;
  const key = newKey();
  const body = { ...feeOf(20), text: '  For the\r\ntreasury.\n' };
  const made = expectStatus(await world.post('/governance/proposals', ann, body, key), 201);
  const { proposal } = made.as<{ proposal: { id: string; text: string; proposerId: string } }>();
  expect(proposal).toMatchObject({
    proposerId: ann.id,
    text: 'For the\ntreasury.',
    status: 'pending',
    parameter: { name: 'exchange.takerFeeBps', value: 20, valueBefore: 10, expectedVersion: 1 },
    snapshot: { voters: 4, weight: '400000', circulating: '400000' },
    thresholds: { minVoters: 3, quorumWeight: '80000', twoThirds: false },
  });
  const again = await world.post('/governance/proposals', ann, body, key);
  expect([again.status, again.text]).toEqual([201, made.text]);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  const other = await world.post('/governance/proposals', ann, aText, key);
  expect(other.problem).toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });

  const path = `/governance/proposals/${proposal.id}`;
  const anybody = expectStatus(await get(path), 200).as<ProposalDetails & { own: unknown }>();
  expect(anybody).toMatchObject({
    proposal: { proposer: ann.handle, tally: { for: '0', voters: 0 }, veto: null },
    votes: [],
    own: null,
  });
  expect(anybody.proposal).not.toHaveProperty('proposerId');
  const stranger = await world.api.signUp();
  expect((await get(path, stranger.key)).json).toMatchObject({
    own: { snapshotStake: '0', choice: null },
  });
  expect((await world.vote(proposal.id, bob, 'for')).problem).toMatchObject({
    status: 409,
    code: 'STATE_CONFLICT',
  });

  const voteKey = newKey();
  const vote = await eventually(async () => {
    const answer = await world.vote(proposal.id, bob, 'against', voteKey);
    return answer.status === 201 && answer;
  });
  expect(vote.json).toMatchObject({
    vote: { proposalId: proposal.id, choice: 'against', snapshotStake: '100000', extendedAt: null },
  });
  const repeat = await world.vote(proposal.id, bob, 'against', voteKey);
  expect([repeat.text, repeat.headers.get('idempotent-replayed')]).toEqual([vote.text, 'true']);
  expect((await world.vote(proposal.id, bob, 'for')).problem.code).toBe('STATE_CONFLICT');
  expectStatus(await world.vote(proposal.id, cid, 'abstain'), 201);
  expect((await get(path, bob.key)).json).toMatchObject({
    proposal: {
      status: 'active',
      tally: { for: '0', against: '100000', abstain: '100000', voters: 2, quorumReached: false },
    },
    votes: [
      { handle: bob.handle, choice: 'against', weight: '100000', snapshotStake: '100000' },
      { handle: cid.handle, choice: 'abstain' },
    ],
    own: { choice: 'against', snapshotStake: '100000' },
  });
  const active = expectStatus(await get('/governance/proposals?status=active&limit=1'), 200);
  expect(active.json).toMatchObject({
    items: [{ id: proposal.id, tally: { against: '100000' } }],
    nextCursor: null,
  });
  expect((await get('/governance/proposals?status=executed')).json).toEqual({
    items: [],
    nextCursor: null,
  });
});

it('who may not', async () => {
  const [ann, bob] = world.whales;
  const id = await world.propose(aText);
  const stranger = await world.api.signUp();
  expect((await world.post('/governance/proposals', stranger, aText)).problem).toMatchObject({
    status: 403,
    code: 'FORBIDDEN',
  });
  expect((await world.vote(id, stranger, 'for')).problem).toMatchObject({ status: 403 });
  await world.freeze(bob);
  expect((await world.vote(id, bob, 'for')).problem).toMatchObject({
    status: 403,
    code: 'USER_FROZEN',
  });
  await world.context
    .db('users')
    .where('id', bob.id)
    .update({ frozen_at: null, frozen_reason: null });
  const headers = { 'idempotency-key': newKey() };
  const reader = await world.addKey(ann, { scopes: ['read'] });
  const read = await world.api.send('POST', '/governance/proposals', {
    key: reader.secret,
    body: aText,
    headers,
  });
  expect(read.problem).toMatchObject({ status: 403, code: 'SCOPE_REQUIRED' });
  const nobody = await world.api.send('POST', `/governance/proposals/${id}/votes`, {
    body: { choice: 'for' },
    headers,
  });
  expect(nobody.status).toBe(401);
  const keyless = await world.api.send('POST', `/governance/proposals/${id}/votes`, {
    key: ann.key,
    body: { choice: 'for' },
  });
  expect(keyless.problem).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
  expectStatus(await world.veto(id, ann), 403);
  const missing = newId();
  expect((await world.vote(missing, ann, 'for')).problem).toMatchObject({
    status: 404,
    code: 'PROPOSAL_NOT_FOUND',
  });
  expect((await get(`/governance/proposals/${missing}`)).status).toBe(404);
  expectStatus(await world.veto(missing), 404);
});

it('a fourth proposal', async () => {
  for (let i = 0; i < 3; i++) await world.propose(aText);
  expect((await world.post('/governance/proposals', world.whales[0], aText)).problem).toMatchObject(
    {
      status: 422,
      code: 'OPEN_PROPOSAL_LIMIT',
      details: { open: 3 },
    },
  );
});

describe('bad input', () => {
  const { parameter: _, value: __, ...noChange } = feeOf(20);
  it.each([
    ['nothing', {}, 400, 'INVALID_REQUEST'],
    ['an unknown kind', { ...aText, kind: 'law' }, 400, 'INVALID_REQUEST'],
    ['a parameter without a value', noChange, 400, 'INVALID_REQUEST'],
    [
      'a text with a value',
      { ...aText, parameter: 'exchange.takerFeeBps', value: 1 },
      400,
      'INVALID_REQUEST',
    ],
    ['no title', { ...aText, title: ' ' }, 400, 'INVALID_REQUEST'],
    ['a title of 121 characters', { ...aText, title: 'a'.repeat(121) }, 400, 'INVALID_REQUEST'],
    ['a title of two lines', { ...aText, title: 'a\nb' }, 400, 'INVALID_REQUEST'],
    ['a text of 4,001 characters', { ...aText, text: 'a'.repeat(4_001) }, 400, 'INVALID_REQUEST'],
    ['a text with a zero', { ...aText, text: 'a\u0000' }, 400, 'INVALID_REQUEST'],
    ['a text that turns', { ...aText, text: 'a\u202eb' }, 400, 'INVALID_REQUEST'],
    ['a value that is none', { ...feeOf(1), value: [1] }, 400, 'INVALID_REQUEST'],
    ['a value out of bounds', feeOf(101), 422, 'PARAMETER_OUT_OF_BOUNDS'],
    ['half a basis point', feeOf(1.5), 422, 'PARAMETER_OUT_OF_BOUNDS'],
    ['the value in force', feeOf(10), 422, 'PARAMETER_UNCHANGED'],
    ['no such parameter', { ...feeOf(1), parameter: 'supply.cap' }, 404, 'PARAMETER_NOT_FOUND'],
    ['__proto__', { ...feeOf(1), parameter: '__proto__' }, 404, 'PARAMETER_NOT_FOUND'],
  ] as const)('%s', async (_name, body, status, code) => {
    const answer = await world.post('/governance/proposals', world.whales[3], body);
    expect(answer.problem).toMatchObject({ status, code });
  });

  it('no choice, no id, no status', async () => {
    const id = await world.propose(aText);
    const [ann] = world.whales;
    for (const body of [{}, { choice: 'maybe' }, { choice: 1 }]) {
      const answer = await world.post(`/governance/proposals/${id}/votes`, ann, body);
      expect(answer.problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
    }
    expect((await get('/governance/proposals/one')).status).toBe(400);
    expect((await get('/governance/proposals?status=open')).status).toBe(400);
    expect((await get('/governance/proposals?cursor=nonsense')).status).toBe(400);
  });
});

it('is documented', async () => {
  const { paths } = (await world.api.send('GET', '//openapi.json')).as<{
    paths: Record<string, object>;
  }>();
  const documented = Object.entries(paths)
    .filter(([path]) => path.includes('/governance/proposals'))
    .map(([path, methods]) => [path.replace(/^\/api\/v1/, ''), Object.keys(methods).sort()]);
  expect(documented).toEqual([
    ['/governance/proposals', ['get', 'post']],
    ['/governance/proposals/{id}', ['get']],
    ['/governance/proposals/{id}/votes', ['post']],
    ['/admin/governance/proposals/{id}/veto', ['post']],
  ]);
});
