// Who may propose what, and what a proposal keeps of its moment (DESIGN 2.11).
import { refusal } from '../support/refusals';
import { aChange, aText, createWorld, dayMs, type World } from './world';

let world: World;
let whale: string;

beforeEach(async () => {
  world = await createWorld();
  whale = await world.addWhale('150000');
});
afterEach(() => world.close());

it('keeps the snapshot, the LCO in circulation, thresholds, deadlines and the version that it compares with', async () => {
  const other = await world.addWhale();
  await world.addStaker('100000', '99999.99999999');
  const proposal = await world.propose(whale, aChange(20));
  const at = world.now();
  expect(proposal).toEqual({
    id: proposal.id,
    proposerId: whale,
    kind: 'parameter',
    title: 'Another fee',
    text: 'For the treasury.',
    parameter: {
      name: 'exchange.takerFeeBps',
      value: 20,
      valueBefore: 10,
      expectedVersion: 1,
      executedVersion: null,
    },
    status: 'pending',
    createdAt: new Date(at).toISOString(),
    opensAt: new Date(at + dayMs).toISOString(),
    closesAt: new Date(at + 4 * dayMs).toISOString(),
    extendedAt: null,
    countedAt: null,
    queuedUntil: null,
    executableUntil: null,
    endedAt: null,
    endedBecause: null,
    thresholds: {
      quorumBps: 2_000,
      circulatingBps: 500,
      minVoters: 3,
      twoThirds: false,
      quorumWeight: '50000',
    },
    snapshot: { voters: 2, weight: '250000', circulating: '350000' },
    veto: null,
  });
  expect(await world.governance.ownVote(proposal.id, whale)).toEqual({
    snapshotStake: '150000',
    choice: null,
    castAt: null,
  });
  expect((await world.governance.ownVote(proposal.id, other)).snapshotStake).toBe('100000');
  // What comes later changes nothing of it.
  await world.addWhale('200000');
  expect((await world.governance.get(proposal.id)).proposal.snapshot).toEqual(proposal.snapshot);
});

it('takes the snapshot of what stood before its own batch', async () => {
  const late = await world.addTrader('1', '100000');
  // Submitted in one turn of the event loop, they are one batch, decided in this order.
  const [, , proposal] = await Promise.all([
    world.stakeMore(late, '100000'),
    world.unstake(whale, '1'),
    world.propose(whale),
  ]);
  const { created_in: sequence } = await world
    .db('proposals')
    .first<{ created_in: bigint }>('created_in')
    .where('id', proposal.id);
  const moves = await world.db('journal_transfers').where({ sequence }).pluck<string[]>('kind');
  expect(moves).toEqual(['stake', 'unstake']);
  expect(proposal.snapshot).toMatchObject({ voters: 1, weight: '150000' });
});

it('is for Whales alone, who are by what they have staked now', async () => {
  const lesser = await world.addStaker('100000', '99999.99999999');
  await expect(world.propose(lesser)).rejects.toEqual(refusal('FORBIDDEN'));
  await world.unstake(whale, '50000.00000001');
  await expect(world.propose(whale)).rejects.toEqual(refusal('FORBIDDEN'));
  await expect(world.propose(await world.addUser())).rejects.toEqual(refusal('FORBIDDEN'));
});

it('is refused a user who is frozen', async () => {
  await world.freeze(whale);
  await expect(world.propose(whale)).rejects.toEqual(refusal('USER_FROZEN'));
});

it.each([
  ['no parameter', aChange(1, 'supply.cap'), 'PARAMETER_NOT_FOUND'],
  ['a value out of bounds', aChange(101), 'PARAMETER_OUT_OF_BOUNDS'],
  ['a value of another form', aChange('20'), 'PARAMETER_OUT_OF_BOUNDS'],
  ['an amount as a number', aChange(500, 'mark.impactNotional'), 'PARAMETER_OUT_OF_BOUNDS'],
  [
    'too large an amount',
    aChange('50000.00000001', 'mark.impactNotional'),
    'PARAMETER_OUT_OF_BOUNDS',
  ],
  ['levels that are missing', aChange({ Lv3: 2 }, 'imo.weights'), 'PARAMETER_OUT_OF_BOUNDS'],
  ['the value in force', aChange(10), 'PARAMETER_UNCHANGED'],
  ['the amount in force', aChange('500.0', 'mark.impactNotional'), 'PARAMETER_UNCHANGED'],
  [
    'the levels in force in another order',
    aChange({ Whale: 3, Lv4: 3, Lv3: 1 }, 'imo.weights'),
    'PARAMETER_UNCHANGED',
  ],
  ['no title', { ...aText, title: '' }, 'INVALID_REQUEST'],
  ['a title of two lines', { ...aText, title: 'a\nb' }, 'INVALID_REQUEST'],
  ['a long title', { ...aText, title: 'a'.repeat(121) }, 'INVALID_REQUEST'],
  ['no text', { ...aText, text: '' }, 'INVALID_REQUEST'],
  ['a long text', { ...aText, text: 'a'.repeat(4_001) }, 'INVALID_REQUEST'],
  ['a text that a terminal obeys', { ...aText, text: 'a\u001b[2J' }, 'INVALID_REQUEST'],
  ['a text that turns its direction', { ...aText, text: 'a\u202eb' }, 'INVALID_REQUEST'],
] as const)('refuses %s', async (_, request, code) => {
  await expect(world.propose(whale, request)).rejects.toEqual(refusal(code));
});

it('takes at most three of a Whale that are not over, even at once', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => world.propose(whale)));
  const made = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value.id] : [],
  );
  expect(made).toHaveLength(3);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected')
      expect(outcome.reason).toEqual(refusal('OPEN_PROPOSAL_LIMIT'));
  }
  const [vetoed = '', defeated = ''] = made;
  await world.governance.veto(world.vetoOf(vetoed));
  await world.propose(whale);
  await expect(world.propose(whale)).rejects.toEqual(refusal('OPEN_PROPOSAL_LIMIT', { open: 3 }));
  world.pass(4 * dayMs);
  await world.advance(defeated);
  await world.propose(whale);
});

it('is made once for a key, and a repeat gets the first answer', async () => {
  const [first, second] = await Promise.all([
    world.propose(whale, aText, world.governance, 'a key'),
    world.propose(whale, aText, world.governanceOf(world.openCommitter()), 'a key'),
  ]);
  expect(second).toEqual(first);
  await expect(world.propose(whale, aChange(), world.governance, 'a key')).rejects.toEqual(
    refusal('IDEMPOTENCY_MISMATCH'),
  );
  expect((await world.governance.list({}, { limit: 5 })).items).toHaveLength(1);
});

it('is listed newest first, by status, in pages', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    ids.unshift((await world.propose(whale)).id);
    world.pass(1);
  }
  await world.governance.veto(world.vetoOf(ids[1] ?? ''));
  const idsOf = ({ items }: { items: readonly { id: string }[] }) => items.map(({ id }) => id);
  const first = await world.governance.list({}, { limit: 2 });
  expect(idsOf(first)).toEqual(ids.slice(0, 2));
  const rest = await world.governance.list({}, { limit: 2, cursor: first.nextCursor ?? '' });
  expect([idsOf(rest), rest.nextCursor]).toEqual([ids.slice(2), null]);
  expect(idsOf(await world.governance.list({ status: 'vetoed' }, { limit: 5 }))).toEqual([ids[1]]);
  expect(first.items[1]).toMatchObject({
    status: 'vetoed',
    veto: { reason: 'Against the law' },
    tally: { for: '0', voters: 0, quorumReached: false },
  });
  await expect(world.governance.get('00000000-0000-4000-8000-000000000000')).rejects.toEqual(
    refusal('PROPOSAL_NOT_FOUND'),
  );
});

it('keeps its votes and its snapshot from being changed by hand', async () => {
  const { id } = await world.propose(whale);
  world.pass(dayMs);
  await world.vote(whale, id, 'for');
  for (const table of ['proposal_votes', 'proposal_voters']) {
    await expect(world.db(table).delete()).rejects.toThrow(/append-only/);
  }
});
