// What the audit of the Credits finds when a row was changed by hand.
import { parseAmount } from '../../domain/money';
import { auditBooks } from '../../services/audit/audit';
import { grantsCheck, outstandingCheck, redeemingCheck } from '../../services/audit/credits';
import {
  callerOf,
  createWorld,
  decisionOf,
  operatorCaller,
  toAccount,
  toUser,
  type World,
} from './world';

let world: World;

beforeEach(async () => {
  world = await createWorld();
  const [user, ann] = [await world.addUser(), await world.addUser('operator')];
  const operator = operatorCaller(ann);
  await world.deposits.record(operator, toUser(user, '100'));
  await world.deposits.record(operatorCaller(ann), toAccount('treasury', '100'));
  await world.deposits.record(operatorCaller(ann), toAccount('upstream_cost', '100'));
  const { deposit } = await world.deposits.record(operatorCaller(ann), toUser(user, '50'));
  await world.deposits.reverse(operatorCaller(ann), deposit.id, 'Error');
  await world.grants.make(operatorCaller(ann), {
    userId: user,
    amount: parseAmount('5'),
    reason: 'Sorry',
  });
  await world.upstreamPayments.record(operatorCaller(ann), {
    amount: parseAmount('5'),
    channel: null,
    reason: 'March',
  });
  const redeem = async () =>
    (await world.redemptions.request(callerOf(user), parseAmount('10'), 'IBAN')).redemption.id;
  await redeem();
  await world.redemptions.approve(decisionOf(await redeem(), ann));
});

afterEach(async () => {
  await world.committer.close();
  await world.db.destroy();
  await world.database.drop();
});

async function findings(): Promise<string[]> {
  const checks = [outstandingCheck, redeemingCheck, grantsCheck];
  const report = await auditBooks(world.db, undefined, checks);
  return report.checks.flatMap((check) => check.findings);
}

it('finds nothing in sound books', async () => {
  expect(await findings()).toEqual([]);
});

it.each([
  ['a deposit that grew', `update deposits set amount = amount + 1 where account = 'treasury'`],
  ['a deposit that vanished', `delete from deposits where account = 'treasury'`],
  [
    'a deposit that nobody made',
    `insert into deposits (id, external_ref, source, user_id, amount, status, recorded_at, confirmed_at)
     select gen_random_uuid(), 'x', 'webhook', user_id, 5, 'confirmed', now(), now() from grants`,
  ],
  [
    'a reversal undone',
    `update deposits set status = 'confirmed', reversed_at = null, reversed_by = null,
       reversal_reason = null, reversed_from_treasury = null, reversed_from_losses = null
     where status = 'reversed'`,
  ],
  ['a bill that shrank', 'update upstream_payments set amount = amount - 1'],
  ['a grant that grew', 'update grants set amount = amount + 1'],
  ['a grant that vanished', 'delete from grants'],
  [
    'a redemption that is said to wait again',
    `update redemptions set status = 'pending', decided_by = null, decided_at = null
     where status = 'approved'`,
  ],
  ['a redemption that grew', `update redemptions set amount = amount + 1 where status = 'pending'`],
  [
    "a redemption of somebody else's",
    `update redemptions set user_id = (select id from users where role = 'operator')
     where status = 'pending'`,
  ],
])('finds %s', async (_, sql) => {
  await world.db.raw(sql);
  expect(await findings()).not.toEqual([]);
});
