// Rows of Compute Wars changed by hand, one at a time: the audit finds each.
import { warChecks } from '../../services/audit/wars';
import { callsCheck, heldCheck, wholeCallsCheck } from '../../services/audit/relay';
import { chargesCheck } from '../../services/audit/relay-charges';
import { audit, createBooks, type Books } from '../ledger/books';
import { createWorld, dayMs, weekMs } from './world';

let books: Books;

/** A round that is paid, with somebody disqualified, free calls of which one is live; and one that has begun. */
async function fillBooks() {
  const world = await createWorld();
  await world.endow('prize_pool', '1000');
  await world.endow('free_calls', '500');
  world.setNow(world.startsAt);
  await world.mark(1, '0');
  const thief = await world.addPlayer(90_000);
  const champion = await world.addPlayer(80_000);
  await world.addPlayer(30_000);
  world.setNow(world.startsAt + weekMs);
  await world.mark(10_001, '1000');
  await world.advance();
  await world.wars.disqualify(world.actOf(thief));
  world.setNow(world.startsAt + 8 * dayMs);
  await world.advance();
  await world.choose(champion, 'free_calls');
  await world.deposit(champion, '10');
  await world.call(champion, 1_000);
  const processId = await world.livingProcess();
  await world.reserve(champion, 500, { processId }, world.committer);
  await world.committer.close();
  await world.db.destroy();
  return world.database;
}

beforeAll(async () => {
  books = await createBooks(fillBooks);
});
afterAll(() => books.drop());

it('finds nothing where nobody touched anything', async () => {
  expect(await books.withChanged([], (url) => audit(url))).toEqual([]);
});

const paid = `where status = 'paid'`;
const best = `where score = 80000000000`;

it.each([
  ['a score', `update war_scores set score = score + 1 ${best}`, 'the calls come to'],
  ['a score that is missing', `delete from war_scores ${best}`, 'has a score of nothing'],
  ['a round that is missing', `delete from war_rounds ${paid}`, 'that is missing'],
  [
    'when a score was reached',
    `update war_scores set reached_at = reached_at + interval '1 ms' ${best}`,
    'the calls come to',
  ],
  [
    'with which call',
    `update war_scores set reached_in = reached_in - 1 ${best}`,
    'the calls come to',
  ],
  ['whose score it is', `update war_scores set id = 'x/' || user_id ${best}`, 'is that of user'],
  [
    'a disqualification that nobody logged',
    `delete from audit_log where action = 'war_round.disqualify'`,
    'was disqualified at',
  ],
  [
    'another reason for it',
    `update war_scores set disqualified_reason = 'none' where disqualified_at is not null`,
    'was disqualified at',
  ],
  ['the pool', `update war_rounds set pool = pool + 100 ${paid}`, 'its scores make'],
  ['the average', `update war_rounds set twap = 0.2 ${paid}`, 'the sums make'],
  ['the cap', `update war_rounds set prize_cap_bps = 100 ${paid}`, 'its scores make'],
  [
    'the champion',
    `update war_rounds set champion_id = (select user_id from war_scores where score = 30000000000) ${paid}`,
    'has the champion',
  ],
  [
    'the winning score',
    `update war_rounds set champion_score = champion_score + 4 ${paid}`,
    'has the champion',
  ],
  ['the prizes', `update war_rounds set prizes = '[]' ${paid}`, 'has the prizes'],
  [
    'what was paid',
    `update war_rounds set paid_amount = paid_amount - 1 ${paid}`,
    'its prizes come to',
  ],
  ['a prize', `update war_prizes set amount = amount + 1 where place = 1`, 'should have moved'],
  [
    'the place of a prize',
    `update war_prizes set place = 3 where place = 2`,
    'for a place that nobody has',
  ],
  ['a prize that is missing', `delete from war_prizes where place = 2`, 'should have moved'],
  ['what closed rounds claim', `update war_state set claimed = 1`, 'their state says 1'],
  [
    'an end of the provisional time',
    `update war_rounds set finalised_at = finalised_at - interval '1 ms' ${paid}`,
    'before its time',
  ],
  [
    'an end of the perk',
    `update war_rounds set perk_ends_at = perk_ends_at + interval '1 ms' ${paid}`,
    'left its perk',
  ],
  [
    'until when a champion has perks',
    `update users set war_perk_until = war_perk_until + interval '1 ms' where war_perk_until is not null`,
    'has perks until',
  ],
  [
    'the set-aside',
    `update war_rounds set perk_budget = perk_budget - 1 ${paid}`,
    'should have moved',
  ],
  [
    'what free calls left',
    `update relay_calls set free_charge = free_charge - 1 where free_charge is not null`,
    'its calls leave',
  ],
  [
    'whose free call it was',
    `update relay_calls set user_id = (select user_id from war_scores where score = 30000000000) where war_round_id is not null`,
    'was free by round',
  ],
  [
    'a free call after the perk',
    `update relay_calls set opened_at = opened_at + interval '8 days' where war_round_id is not null`,
    'was free by round',
  ],
])('finds %s', async (_, statements, finding) => {
  const found = await books.withChanged(statements.split('; '), (url) => audit(url, warChecks));
  expect(found.join('\n')).toContain(finding);
});

const settledFree = `where war_round_id is not null and status = 'settled'`;

it.each([
  ['a charge of a free call', `update relay_calls set charge = 1 ${settledFree}`],
  ['what a free call took', `update relay_calls set free_charge = free_charge + 1 ${settledFree}`],
  [
    'a free call that says it was paid',
    `update relay_calls set war_round_id = null, free_charge = null ${settledFree}`,
  ],
  [
    'a live free call that says it is paid',
    `update relay_calls set war_round_id = null where status = 'live'`,
  ],
  ['a free call that took nothing', `update relay_calls set free_charge = null ${settledFree}`],
])('finds, among the calls, %s', async (_, statement) => {
  const checks = [heldCheck, callsCheck, wholeCallsCheck, chargesCheck];
  const found = await books.withChanged([statement], (url) => audit(url, checks));
  expect(found).not.toEqual([]);
});
