// Votes and what they weigh (DESIGN 2.11): in time, once, by the smaller of two stakes; and the extension.
import { defaultWindows } from '../../config/windows';
import { refusal } from '../support/refusals';
import { aChange, aText, createWorld, dayMs, hourMs, type World } from './world';

let world: World;
let whales: string[];
let id: string;

const whale = (i: number) => whales[i] ?? '';

/** Three Whales and a proposal whose voting has opened. */
async function open(stakes = ['100000', '100000', '100000'], request = aText) {
  whales = [];
  for (const stake of stakes) whales.push(await world.addWhale(stake));
  ({ id } = await world.propose(whale(0), request));
  world.pass(dayMs);
}

const tally = async () => (await world.governance.get(id)).proposal.tally;
const weights = async () => (await world.governance.get(id)).votes.map(({ weight }) => weight);
const refused = (code: 'STATE_CONFLICT' | 'FORBIDDEN' | 'USER_FROZEN', by: string) =>
  expect(world.vote(by, id, 'for')).rejects.toEqual(refusal(code));

beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

it('are taken from the opening on, until the close, by the journal’s time', async () => {
  await open();
  world.pass(-1);
  await refused('STATE_CONFLICT', whale(0));
  world.pass(1);
  await world.vote(whale(0), id, 'for');
  world.pass(3 * dayMs - 1);
  await world.vote(whale(1), id, 'against');
  world.pass(1);
  await refused('STATE_CONFLICT', whale(2));
  world.pass(dayMs);
  await refused('STATE_CONFLICT', whale(2));
  expect((await world.governance.get(id)).votes).toMatchObject([
    { choice: 'for', weight: '100000', snapshotStake: '100000' },
    { choice: 'against' },
  ]);
  expect(await world.governance.ownVote(id, whale(1))).toMatchObject({ choice: 'against' });
  await world.advance(id);
  await refused('STATE_CONFLICT', whale(2));
});

it('are final: a second one is refused, a repeat of the first gets its answer', async () => {
  await open();
  const first = await world.vote(whale(0), id, 'for', world.governance, 'a key');
  expect(await world.vote(whale(0), id, 'for', world.governance, 'a key')).toEqual(first);
  await refused('STATE_CONFLICT', whale(0));
  await expect(world.vote(whale(0), id, 'against')).rejects.toEqual(refusal('STATE_CONFLICT'));
  expect(await tally()).toMatchObject({ for: '100000', voters: 1 });
});

it('two at once of one Whale are one, over two processes', async () => {
  await open();
  const other = world.governanceOf(world.openCommitter());
  const outcomes = await Promise.allSettled([
    world.vote(whale(0), id, 'for'),
    world.vote(whale(0), id, 'against', other),
    world.vote(whale(0), id, 'abstain'),
    world.vote(whale(0), id, 'against', other),
  ]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const same = await Promise.all([
    world.vote(whale(1), id, 'for', world.governance, 'one'),
    world.vote(whale(1), id, 'for', other, 'one'),
  ]);
  expect(same[1]).toEqual(same[0]);
  expect(await tally()).toMatchObject({ voters: 2 });
});

it('all at once are all counted, in some order', async () => {
  await open(['100000', '110000', '120000', '130000']);
  await Promise.all(whales.map((voter) => world.vote(voter, id, 'for')));
  expect(await tally()).toMatchObject({ for: '460000', voters: 4, quorumReached: true });
  const numbers = await world.db('proposal_votes').orderBy('number').pluck<number[]>('number');
  expect(numbers).toEqual([1, 2, 3, 4]);
});

it('are for who was a Whale then and is one now', async () => {
  await open();
  await refused('FORBIDDEN', await world.addWhale());
  await refused('FORBIDDEN', await world.addUser());
  await world.unstake(whale(0), '1');
  await refused('FORBIDDEN', whale(0));
  await world.freeze(whale(1));
  await refused('USER_FROZEN', whale(1));
  await world.unfreeze(whale(1));
  await world.vote(whale(1), id, 'for');
});

it('weigh what is left of the snapshot’s stake: more staked adds nothing, less counts', async () => {
  await open(['150000', '100000', '100000']);
  for (const voter of whales) await world.vote(voter, id, 'for');
  // A Whale pays the cost, and mines half as much by a call.
  await world.mine(whale(1), '20000');
  await world.stakeMore(whale(1), '10000');
  await world.unstake(whale(0), '120000.5');
  await world.unstake(whale(2), '100000');
  expect(await weights()).toEqual(['29999.5', '100000', '0']);
  expect(await tally()).toMatchObject({ for: '129999.5', voters: 2, quorumReached: false });
  // Staked again, it counts again, up to the snapshot.
  world.pass(3 * dayMs - 1);
  await world.mine(whale(2), '100000');
  await world.stakeMore(whale(2), '100000');
  world.pass(1);
  await world.unstake(whale(2), '100000');
  expect(await world.advance(id)).toMatchObject({
    proposal: { status: 'succeeded' },
    tally: { for: '229999.5', voters: 3 },
  });
  expect(await weights()).toEqual(['29999.5', '100000', '100000']);
});

it.each([
  ['a millisecond before the close counts less', -1, '0', 'defeated'],
  ['at the close counts whole', 0, '100000', 'succeeded'],
])('taken back %s', async (_, offset, weight, status) => {
  await open();
  for (const voter of whales) await world.vote(voter, id, 'for');
  world.pass(3 * dayMs + offset);
  await world.unstake(whale(2), '100000');
  world.pass(hourMs);
  expect(await world.advance(id)).toMatchObject({ proposal: { status } });
  expect((await weights())[2]).toBe(weight);
  await world.stakeMore(await world.addTrader('1', '1'), '1');
  expect((await weights())[2]).toBe(weight);
});

describe('the extension', () => {
  const closesIn = async () =>
    Date.parse((await world.governance.get(id)).proposal.closesAt) - world.now();

  it('comes when the vote that reaches the quorum is in the last day, and once', async () => {
    await open(['100000', '100000', '100000', '100000']);
    await world.vote(whale(0), id, 'for');
    await world.vote(whale(1), id, 'for');
    world.pass(2 * dayMs);
    expect(await closesIn()).toBe(dayMs);
    const vote = await world.vote(whale(2), id, 'abstain');
    expect(Date.parse(vote.closesAt) - world.now()).toBe(2 * dayMs);
    expect(vote.extendedAt).toBe(new Date(world.now()).toISOString());
    // The quorum goes, and comes again with the last vote: not a second time.
    await world.unstake(whale(0), '100000');
    world.pass(2 * dayMs - 1);
    const last = await world.vote(whale(3), id, 'against');
    expect(last).toMatchObject({ closesAt: vote.closesAt, extendedAt: vote.extendedAt });
    world.pass(1);
    expect(await world.advance(id)).toMatchObject({
      proposal: { status: 'defeated', endedBecause: 'outvoted' },
      tally: { for: '100000', against: '100000', abstain: '100000', voters: 3 },
    });
  });

  it('is told to a step that was asked for at the first close', async () => {
    await open();
    world.pass(3 * dayMs - 1);
    for (const voter of whales) await world.vote(voter, id, 'for');
    world.pass(1);
    expect((await world.governance.count(id)).next).toMatchObject({ kind: 'count', waitMs: dayMs });
  });

  it('does not come for a quorum that was reached before, or is not reached', async () => {
    await open(['100000', '100000', '100000', '100000']);
    for (const i of [0, 1, 2]) await world.vote(whale(i), id, 'for');
    world.pass(3 * dayMs - 1);
    expect(await world.vote(whale(3), id, 'for')).toMatchObject({ extendedAt: null });
  });

  it('does not come for votes against, which are no quorum', async () => {
    await open();
    world.pass(3 * dayMs - 1);
    for (const voter of whales) {
      expect(await world.vote(voter, id, 'against')).toMatchObject({ extendedAt: null });
    }
  });

  it('counts with what is staked at the moment of the vote, and votes of the same batch', async () => {
    await open();
    await world.vote(whale(0), id, 'for');
    await world.unstake(whale(0), '100000');
    world.pass(3 * dayMs - 1);
    const votes = await Promise.all([
      world.vote(whale(1), id, 'for'),
      world.vote(whale(2), id, 'for'),
    ]);
    expect(votes).toMatchObject([{ extendedAt: null }, { extendedAt: null }]);
  });

  it('comes by the third of three votes that come at once', async () => {
    await open();
    world.pass(3 * dayMs - 1);
    const votes = await Promise.all(whales.map((voter) => world.vote(voter, id, 'for')));
    expect(votes.map(({ extendedAt }) => extendedAt !== null).sort()).toEqual([false, false, true]);
  });
});

it('come too late for a proposal that is not counted yet, and one that is over', async () => {
  await open(undefined, aChange());
  await world.governance.veto(world.vetoOf(id));
  await refused('STATE_CONFLICT', whale(0));
});

it('may begin at once where there is no pending time', async () => {
  await world.close();
  world = await createWorld({ ...defaultWindows, governancePending: 0 });
  const ann = await world.addWhale();
  ({ id } = await world.propose(ann));
  await world.vote(ann, id, 'for');
  expect(await tally()).toMatchObject({ for: '100000', voters: 1 });
});
