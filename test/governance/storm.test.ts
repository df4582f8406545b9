// Whales who vote, stake and take back all at once in two processes, around the moments that count (DESIGN 2.11 and 8): the
// audit makes every weight, tally and extension again from the journal.
import type { VoteChoice } from '../../domain/governance';
import { isRefusal } from '../../domain/errors';
import { Random } from '../simulation/random';
import { createWorld, aChange, aText, dayMs, type World } from './world';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const choices: readonly VoteChoice[] = ['for', 'against', 'abstain'];
const seeds = process.env.LX_GOVERNANCE_SEED?.split(',').map(Number) ?? [Date.now() % 1_000_000];

// The seed is in the test's name, so that one that failed can be run again; which of two processes commits first is not
// the seed's to decide.
it.each(seeds)('everything at once (seed %d)', async (seed) => {
  const random = new Random(seed);
  const whales: string[] = [];
  for (let i = 0; i < 6; i++) {
    whales.push(await world.addWhale(String(101_000 + i * 2_000), '140000'));
  }
  const processes = [world.committer, world.openCommitter()].map((committer) => ({
    committer,
    governance: world.governanceOf(committer),
  }));
  const ids: string[] = [];
  for (let i = 0; i < 6; i++) {
    const request = i % 2 === 0 ? aText : aChange(20 + i);
    ids.push((await world.propose(whales[i] ?? '', request)).id);
  }
  const refused = { votes: 0, moves: 0 };

  async function act(): Promise<unknown> {
    const { committer, governance } = random.pick(processes);
    const whale = random.pick(whales);
    const lco = random.between(1, 2_999);
    switch (random.between(0, 5)) {
      case 0:
        return world.unstake(whale, String(lco), committer).catch(() => refused.moves++);
      case 1:
        return world.stakeMore(whale, String(2 * lco), committer).catch(() => refused.moves++);
      case 2: {
        const id = random.pick(ids);
        const step = random.pick(['open', 'count', 'execute'] as const);
        return governance[step](id).catch((error: unknown) => {
          // A text is never executed.
          if (!String(error).includes('only a parameter')) throw error;
        });
      }
      default:
        return world
          .vote(whale, random.pick(ids), random.pick(choices), governance)
          .catch((error: unknown) => {
            if (!isRefusal(error, 'STATE_CONFLICT') && !isRefusal(error, 'FORBIDDEN')) throw error;
            refused.votes++;
          });
    }
  }

  // Before the opening, through the voting and its last day, over the close, to the end of the timelock.
  for (const ms of [0, dayMs - 1, 1, dayMs, dayMs, dayMs - 2, 1, 1, dayMs, dayMs, dayMs, dayMs]) {
    world.pass(ms);
    await Promise.all(Array.from({ length: 30 }, act));
  }
  // Some may be counted now only, and be queued.
  world.pass(dayMs);
  for (const id of ids) await world.advance(id);
  world.pass(2 * dayMs);
  for (const id of ids) {
    const { proposal } = await world.advance(id);
    expect(proposal.endedAt).not.toBeNull();
  }
  const votes = await world.db('proposal_votes').pluck<string[]>('id');
  expect(votes.length).toBeGreaterThan(10);
  expect(refused.votes).toBeGreaterThan(0);
});
