// Rows of the IMO launchpad changed by hand, one at a time: the audit finds each.
import { imoChecks } from '../../services/audit/imos';
import { audit, createBooks, type Books } from '../ledger/books';
import { createWorld, hourMs } from './world';

let books: Books;
let first: string;
let second: string;
let cancelled: string;
let open: string;
let ann: string;
let bob: string;
let dan: string;

/**
 * One IMO with a holder who has used some and holds some, one who gave the rest up and one who fell below the levels;
 * another of the same model; one that was cancelled; and one that is open.
 */
async function fillBooks() {
  const world = await createWorld();
  first = await world.announce({ quota: 1_000n });
  second = await world.announce({ quota: 500n, expiresAt: world.now() + 3 * hourMs });
  cancelled = await world.announce();
  ann = await world.addHolder('10000');
  bob = await world.addHolder('50000');
  dan = await world.addHolder('10000');
  await world.subscribe(ann, first, '10');
  await world.subscribe(bob, first, '20');
  await world.subscribe(dan, first, '30');
  await world.subscribe(bob, second, '5');
  await world.subscribe(ann, cancelled, '7');
  await world.imos.cancel(world.actOf(cancelled));
  await world.advance(cancelled);
  await world.unstake(dan, '1');
  world.setNow(world.now() + hourMs);
  for (const imo of [first, second]) await world.advance(imo);
  for (const user of [ann, bob]) {
    await world.settleCall(await world.call(user, 10, 50), 10, 50);
    await world.call(user, 10, 30);
  }
  await world.giveUp(bob, first);
  open = await world.announce();
  await world.subscribe(ann, open, '3');
  await world.subscribe(bob, open, '4');
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

const ofAnn = () => `where id = '${first}/${ann}'`;
const ofBob = () => `where id = '${first}/${bob}'`;
const ofDan = () => `where id = '${first}/${dan}'`;
const ofFirst = () => `where id = '${first}'`;
const ofOpen = () => `where id = '${open}'`;

const bySubscriptions = 'its subscriptions come to';

it.each<[what: string, statement: () => string, finding: string]>([
  // Subscriptions.
  [
    'a weight',
    () => `update imo_subscriptions set weight = 2 ${ofAnn()}`,
    'has weight 2, the IMO gives it 1',
  ],
  [
    'a stake at the close',
    () => `update imo_subscriptions set closing_stake = closing_stake + 1 ${ofAnn()}`,
    'the journal says Lv3 and',
  ],
  ['a level', () => `update imo_subscriptions set tier = 'Lv4' ${ofAnn()}`, 'was weighed as Lv4'],
  [
    'a level that is not weighed yet',
    () => `update imo_subscriptions set tier = 'Lv4' where id = '${open}/${ann}'`,
    'was made as Lv4; the journal says Lv3',
  ],
  [
    'an allocation that was moved from one to another',
    () =>
      `update imo_subscriptions set allocation = allocation + case id when '${first}/${ann}' then 1 else -1 end
       where imo_id = '${first}' and allocation is not null`,
    'units, by the rule it has',
  ],
  [
    'what was used',
    () => `update imo_subscriptions set used = used + 1 ${ofAnn()}`,
    'its calls say 60 and',
  ],
  [
    'what is held',
    () => `update imo_subscriptions set held = held - 1 ${ofAnn()}`,
    'its calls say 60 and 40',
  ],
  [
    'what was locked',
    () => `update imo_subscriptions set locked = locked + 1 ${ofAnn()}`,
    'should have taken 1000000001',
  ],
  [
    'when it was locked first',
    () => `update imo_subscriptions set subscribed_at = subscribed_at + interval '1 ms' ${ofAnn()}`,
    'should have taken',
  ],
  [
    'when it was returned',
    () => `update imo_subscriptions set returned_at = returned_at + interval '1 ms' ${ofBob()}`,
    'returned them at',
  ],
  [
    'a lock that is said to be returned',
    () =>
      `update imo_subscriptions set returned_at = subscribed_at, return_reason = 'expired' ${ofAnn()}`,
    'returned them at',
  ],
  [
    'a lock that is said not to be returned',
    () => `update imo_subscriptions set returned_at = null, return_reason = null ${ofDan()}`,
    'and returned them at no time',
  ],
  [
    'a subscription that is missing',
    () => `delete from imo_subscriptions ${ofDan()}`,
    'should have taken 0 base units',
  ],
  [
    'a subscription that nobody locked for',
    () =>
      `insert into imo_subscriptions (id, imo_id, user_id, holder, locked, tier, subscribed_at, used, held)
       select '${open}/${dan}', '${open}', '${dan}', '${dan}/scarce-model', 100, 'Lv3', opens_at, 0, 0 from imos ${ofOpen()}`,
    'the journal says 0',
  ],
  [
    'whose it is',
    () => `update imo_subscriptions set user_id = '${dan}' where id = '${open}/${ann}'`,
    'should have taken',
  ],
  [
    'what it is found by',
    () => `update imo_subscriptions set holder = '${dan}/scarce-model' ${ofAnn()}`,
    'is found by',
  ],
  // IMOs.
  ...(
    [
      ['subscriptions', '+'],
      ['locked', '+'],
      ['open_locks', '+'],
      ['weighed', '-'],
      ['participants', '+'],
      ['participants_locked', '-'],
      ['participants_weight', '+'],
      ['allocated', '-'],
      ['allocated_quota', '-'],
    ] as const
  ).map(([column, sign]): [string, () => string, string] => [
    `the figure ${column}`,
    () => `update imos set ${column} = ${column} ${sign} 1 ${ofFirst()}`,
    bySubscriptions,
  ]),
  [
    'what is locked by weight',
    () => `update imos set weighted_locked = weighted_locked + 1 ${ofOpen()}`,
    'its locks come to 1500000000',
  ],
  ['a quota', () => `update imos set quota = quota + 1 ${ofFirst()}`, 'not all was given out'],
  ['a quota, open yet', () => `update imos set quota = quota + 1 ${ofOpen()}`, 'was announced'],
  ['a cap', () => `update imos set cap_per_user = 600 ${ofFirst()}`, 'by the rule it has 600'],
  [
    'a weight of a level',
    () => `update imos set weights = '{"Lv3":2,"Lv4":3,"Whale":3}' ${ofFirst()}`,
    'the IMO gives it 2',
  ],
  [
    'the end of a window',
    () => `update imos set closes_at = closes_at - interval '1 ms' ${ofFirst()}`,
    'the audit log does not say so',
  ],
  [
    'an expiry',
    () => `update imos set expires_at = expires_at + interval '1 hour' ${ofOpen()}`,
    'the audit log does not say so',
  ],
  ...(
    [
      ['a cap, open yet', 'cap_per_user = 5'],
      ['a minimum of participants', 'min_participants = 5'],
      ['a minimum of LCO', 'min_locked = 5'],
      ['a weight of a level, open yet', `weights = '{"Lv3":2,"Lv4":3,"Whale":3}'`],
      ['the beginning of a window', `opens_at = opens_at + interval '1 ms'`],
    ] as const
  ).map(([what, change]): [string, () => string, string] => [
    what,
    () => `update imos set ${change} ${ofOpen()}`,
    'the audit log does not say so',
  ]),
  [
    'a window before its locks',
    () =>
      `update imos set closes_at = opens_at, opens_at = opens_at - interval '1 hour',
         announced_at = announced_at - interval '1 hour' ${ofOpen()}`,
    'should have taken 300000000',
  ],
  [
    'that it is settled',
    () => `update imos set settled_at = null where id = '${cancelled}'`,
    'is over and settled never',
  ],
  [
    'an announcement that nobody logged',
    () => `delete from audit_log where action = 'imo.announce' and subject_id = '${open}'`,
    'the audit log does not say so',
  ],
  [
    'a cancellation that nobody logged',
    () => `delete from audit_log where action = 'imo.cancel'`,
    'the audit log does not say so',
  ],
  [
    'another reason for it',
    () => `update imos set cancel_reason = 'none' where id = '${cancelled}'`,
    'the audit log does not say so',
  ],
  // Calls.
  [
    'a call with the quota of another IMO',
    () =>
      `update relay_calls set imo_id = '${second}' where user_id = '${ann}' and imo_id is not null`,
    'used the quota of IMO',
  ],
  [
    'a call with the quota of somebody else',
    () =>
      `update relay_calls set user_id = '${dan}' where user_id = '${ann}' and imo_id is not null`,
    'used the quota of IMO',
  ],
  [
    'a call of another model',
    () => `update relay_calls set model_id = 'test-model' where imo_id is not null`,
    'for model test-model used the quota',
  ],
  [
    'a call before the close',
    () =>
      `update relay_calls set opened_at = opened_at - interval '1 hour' where imo_id is not null`,
    'used the quota of IMO',
  ],
  [
    'a call after its quota was given up',
    () =>
      `update relay_calls set opened_at = opened_at + interval '30 minutes' where user_id = '${bob}' and imo_id is not null`,
    'used the quota of IMO',
  ],
  [
    'a call that says it took no quota',
    () => `update relay_calls set imo_id = null where user_id = '${ann}' and status = 'settled'`,
    'names an IMO or a quota, and not both',
  ],
  [
    'a call that took more than its tokens',
    () =>
      `update relay_calls set quota = quota + 1 where user_id = '${ann}' and imo_id is not null and status = 'settled'`,
    'used 60 tokens and 61 units',
  ],
])('finds %s', async (_, statement, finding) => {
  const found = await books.withChanged([statement()], (url) => audit(url, imoChecks));
  expect(found.join('\n')).toContain(finding);
});
