// Operators disqualify while a round is provisional (DESIGN 2.9): the rest move up, it is audited, and nobody decides
// who gains by it.
import { refusal } from '../support/refusals';
import { createWorld, dayMs, weekMs, type World } from './world';

let world: World;
let champion: string;
let second: string;

beforeEach(async () => {
  world = await createWorld();
  await world.endow('prize_pool', '1000');
  world.setNow(world.startsAt);
  await world.mark(1, '0');
  champion = await world.addPlayer(90_000);
  second = await world.addPlayer(80_000);
  world.setNow(world.startsAt + weekMs);
  await world.mark(10_001, '1000');
});
afterEach(() => world.close());

const rankOf = async (userId: string) => (await world.wars.standingOf(world.roundId, userId))?.rank;

it('takes the champion out: the rest move up, with the prizes and the perk', async () => {
  await world.advance();
  const act = world.actOf(champion);
  const disqualified = await world.wars.disqualify(act);
  expect(await world.wars.disqualify(act)).toEqual(disqualified);
  expect([await rankOf(champion), await rankOf(second)]).toEqual([null, 1]);
  world.setNow(world.startsAt + 8 * dayMs);
  expect(await world.advance()).toMatchObject({
    round: { status: 'paid', championId: second, paid: '300' },
  });
  expect(await world.lcoOf(champion)).toBe('9000');
  expect(await world.lcoOf(second)).toBe('8300');
  await expect(world.choose(champion, 'free_calls')).rejects.toEqual(refusal('FORBIDDEN'));
  const log = await world.db('audit_log').where('action', 'war_round.disqualify').select();
  expect(log).toMatchObject([
    {
      operator_id: world.operator,
      subject_id: world.roundId,
      reason: 'A stolen key',
      details: { userId: champion, score: '900' },
    },
  ]);
});

it('at the last moment counts, whatever the round’s end is decided with', async () => {
  await world.advance();
  world.setNow(world.startsAt + 8 * dayMs);
  const [, first] = await Promise.all([
    world.wars.disqualify(world.actOf(champion)),
    world.wars.finalise(world.roundId),
  ]);
  const final = first.round.status === 'final' ? first : await world.wars.finalise(world.roundId);
  expect(final.round.championId).toBe(second);
});

it.each([
  ['an operator’s own case', 'ACTION_BY_INTERESTED_OPERATOR', () => world.actOf(world.operator)],
  ['somebody who is no operator', 'FORBIDDEN', () => world.actOf(champion, { operatorId: second })],
  ['somebody who did not play', 'NOT_FOUND', async () => world.actOf(await world.addUser())],
  [
    'a round that nobody opened',
    'WAR_ROUND_NOT_FOUND',
    () => world.actOf(champion, { roundId: '2020-W01' }),
  ],
  ['without a reason', 'INVALID_REQUEST', () => world.actOf(champion, { reason: '' })],
] as const)('refuses %s', async (_, code, act) => {
  await world.advance();
  await expect(world.wars.disqualify(await act())).rejects.toEqual(refusal(code));
});

it('refuses an operator who plays in the round, and would move up', async () => {
  const player = await world.addUser('operator');
  world.setNow(world.startsAt + weekMs);
  await world.db('war_scores').insert({
    id: `${world.roundId}/${player}`,
    round_id: world.roundId,
    user_id: player,
    score: 1,
    reached_at: new Date(world.startsAt),
    reached_in: 0,
  });
  await world.advance();
  await expect(
    world.wars.disqualify(world.actOf(champion, { operatorId: player })),
  ).rejects.toEqual(refusal('ACTION_BY_INTERESTED_OPERATOR'));
  await world.db('war_scores').where('user_id', player).delete();
});

it('refuses it before the round is over, after it is final, and twice', async () => {
  const refused = (over = {}) =>
    expect(world.wars.disqualify(world.actOf(champion, over))).rejects.toEqual(
      refusal('STATE_CONFLICT'),
    );
  await refused();
  await world.advance();
  await world.wars.disqualify(world.actOf(champion));
  await refused();
  world.setNow(world.startsAt + 8 * dayMs);
  await world.advance();
  await refused();
  await expect(world.wars.disqualify(world.actOf(second))).rejects.toEqual(
    refusal('STATE_CONFLICT', { status: 'paid' }),
  );
});
