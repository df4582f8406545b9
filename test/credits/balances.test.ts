import { parseAmount } from '../../domain/money';
import type { LedgerEntry } from '../../services/credits/balances';
import { refusal } from '../support/refusals';
import { callerOf, createWorld, decisionOf, operatorCaller, toUser, type World } from './world';

let world: World;
let user: string;
let ann: string;

beforeEach(async () => {
  world = await createWorld();
  user = await world.addUser();
  ann = await world.addUser('operator');
});

afterEach(() => world.close());

const deposit = (amount: string, to = user) =>
  world.deposits.record(operatorCaller(ann), toUser(to, amount));

it('shows every asset by purpose, with its total, before anything has happened', async () => {
  const zeros = {
    available: '0',
    orders: '0',
    relay: '0',
    staked: '0',
    unbonding: '0',
    imo: '0',
    redeeming: '0',
    total: '0',
  };
  expect(await world.balances.of(user)).toEqual([
    { asset: 'CREDIT', ...zeros },
    { asset: 'LCO', ...zeros },
  ]);
});

it('sums what is available and what is held', async () => {
  await deposit('10');
  await world.redemptions.request(callerOf(user), parseAmount('2.5'), 'IBAN');
  expect((await world.balances.of(user))[0]).toMatchObject({
    available: '7.5',
    redeeming: '2.5',
    total: '10',
  });
});

describe('the statement', () => {
  it('tells each entry of each account, newest first', async () => {
    const { deposit: made } = await deposit('10');
    const { redemption } = await world.redemptions.request(
      callerOf(user),
      parseAmount('4'),
      'IBAN',
    );
    await world.redemptions.approve(decisionOf(redemption.id, ann));
    const { items, nextCursor } = await world.balances.listEntries(user, {}, { limit: 10 });
    const shown = (item: LedgerEntry) => [
      item.kind,
      item.account,
      item.amount,
      item.balanceAfter,
      item.reference,
    ];
    expect(items.map(shown)).toEqual([
      ['redemption', 'redeeming', '-4', '0', redemption.id],
      ['redemption_hold', 'redeeming', '4', '4', redemption.id],
      ['redemption_hold', 'available', '-4', '6', redemption.id],
      ['deposit', 'available', '10', '10', made.id],
    ]);
    expect(nextCursor).toBeNull();
    expect(items[1]?.transferId).toBe(items[2]?.transferId);
    expect(items[3]).toMatchObject({
      asset: 'CREDIT',
      at: made.confirmedAt,
      transferId: expect.stringMatching(/^\d+-\d+$/) as unknown,
    });
  });

  it('goes page by page without a gap or a repeat, also over several accounts', async () => {
    const other = await world.addUser();
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => deposit(String(i + 1), i % 3 ? user : other)),
    );
    for (let i = 0; i < 3; i++) {
      await world.redemptions.request(callerOf(user), parseAmount('1'), 'IBAN');
    }
    const whole = (await world.balances.listEntries(user, {}, { limit: 100 })).items;
    expect(whole).toHaveLength(8 + 2 * 3);
    const paged: LedgerEntry[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await world.balances.listEntries(
        user,
        {},
        { limit: 4, cursor: cursor ?? undefined },
      );
      paged.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(whole);
  });

  it('can be of one asset or one purpose', async () => {
    await deposit('10');
    await world.redemptions.request(callerOf(user), parseAmount('4'), 'IBAN');
    const kindsOf = async (filter: Parameters<typeof world.balances.listEntries>[1]) =>
      (await world.balances.listEntries(user, filter, { limit: 10 })).items.map(({ kind }) => kind);
    expect(await kindsOf({ account: 'redeeming' })).toEqual(['redemption_hold']);
    expect(await kindsOf({ account: 'available' })).toEqual(['redemption_hold', 'deposit']);
    expect(await kindsOf({ asset: 'CREDIT' })).toHaveLength(3);
    expect(await kindsOf({ asset: 'LCO' })).toEqual([]);
  });

  it('knows its own cursors only', async () => {
    for (const cursor of ['', 'nonsense', Buffer.from('1 2').toString('base64url')]) {
      await expect(world.balances.listEntries(user, {}, { limit: 4, cursor })).rejects.toEqual(
        refusal('INVALID_REQUEST'),
      );
    }
  });
});
