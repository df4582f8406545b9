// Rows of prediction markets changed by hand, one at a time: the audit finds each.
import type { Knex } from 'knex';
import { predictionStatuses } from '../../domain/predictions/market';
import { openDatabase } from '../../ledger/connection';
import { setParameter } from '../../services/parameters';
import { predictionChecks } from '../../services/audit/predictions';
import { payLots } from '../../services/predictions/settle';
import { audit } from '../ledger/books';
import { testEngines } from '../support/engines';
import { createWorld, dayMs, hourMs, type World } from './world';

let world: World;
/** As somebody with the database's superuser. */
let db: Knex;
let ids: Awaited<ReturnType<typeof fillMarkets>>;

/** A market with bets of three on both sides, an hour apart. */
async function openBet(world: World, [proposer, ann, bob]: string[], question?: string) {
  const id = await world.open(proposer!, question === undefined ? {} : { question });
  for (const [user, side, lco] of [
    [ann!, 'yes', '500'],
    [bob!, 'no', '500'],
    [proposer!, 'yes', '20.5'],
    [ann!, 'no', '33.33333333'],
  ] as const) {
    world.pass(hourMs);
    await world.bet(user, id, side, lco);
  }
  return id;
}

async function fillMarkets(world: World) {
  const proposer = await world.addBettor('30000');
  const ann = await world.addBettor('20000');
  const bob = await world.addBettor('20000', '50000');
  const people = [proposer, ann, bob];
  const { predictions } = world;

  const rejected = await world.propose(proposer);
  await predictions.reject(world.actOf(rejected, { reason: 'No source' }));
  const expired = await world.propose(proposer, { closesAt: world.now() + hourMs });
  world.pass(hourMs);
  await world.advance(expired);

  // With another fee from here on.
  const settled = await openBet(world, people);
  const fee = { name: 'predictions.feeBps', expectedVersion: 1, source: 'test', reason: null };
  await world.committer.submit(setParameter, { ...fee, value: 400 }, { actor: 'test' });
  world.pass(1);
  const cut = await openBet(world, people, 'Will "it" be cut?');
  await world.resolve(cut, 'no', { effectiveAt: world.now() - hourMs });
  await world.resolve(settled, 'yes');
  const upheld = await openBet(world, people);
  await world.resolve(upheld, 'yes');
  await world.dispute(bob, upheld);
  const overruled = await openBet(world, people);
  await world.resolve(overruled, 'yes');
  await world.dispute(bob, overruled);
  const stands = await openBet(world, people);
  await world.resolve(stands, 'no');
  await world.dispute(ann, stands);
  const disputedVoid = await openBet(world, people);
  await world.resolve(disputedVoid, 'no');
  await world.dispute(ann, disputedVoid);
  const byTwo = { operatorId: world.secondOperator };
  await predictions.void(world.actOf(disputedVoid, byTwo));
  const proposedFor = async (id: string) =>
    Date.parse((await predictions.get(id)).resolution!.effectiveAt);
  await world.rule(upheld, 'yes', await proposedFor(upheld));
  await world.rule(overruled, 'no', await proposedFor(overruled));

  const thin = await world.open(proposer);
  await world.bet(ann, thin, 'yes', '100');
  await world.resolve(thin, 'yes');
  const operatorVoid = await openBet(world, people);
  await predictions.void(world.actOf(operatorVoid, byTwo));
  const unresolved = await openBet(world, people);

  world.pass(8 * dayMs);
  for (const id of [settled, cut, upheld, overruled, stands, disputedVoid, thin, operatorVoid]) {
    await world.advance(id);
  }
  world.pass(10 * dayMs);
  await world.advance(unresolved);

  // Many in one millisecond, in time or late.
  const busy = await world.open(proposer);
  const betMany = () =>
    Promise.all([ann, bob, ann, proposer].map((user) => world.bet(user, busy, 'no', '7')));
  await world.bet(ann, busy, 'yes', '400');
  await betMany();
  const inTime = world.now();
  world.pass(1);
  await betMany();
  await world.resolve(busy, 'no', { effectiveAt: inTime });
  world.pass(dayMs);
  const { market } = await world.advance(busy);
  expect(market.settlement).toMatchObject({ keptLots: 6, voidedLots: 4 });

  // What is not over yet.
  const proposed = await world.propose(proposer);
  const open = await openBet(world, people);
  const locked = await openBet(world, people);
  world.pass(dayMs);
  await predictions.lock(locked);
  const proposedOutcome = await openBet(world, people);
  await world.resolve(proposedOutcome, 'yes');
  const disputed = await openBet(world, people);
  await world.resolve(disputed, 'yes');
  await world.dispute(bob, disputed);
  const [final, settling] = [await openBet(world, people), await openBet(world, people)];
  for (const id of [final, settling]) await world.resolve(id, 'yes');
  world.pass(dayMs);
  for (const id of [final, settling]) await predictions.finalise(id);
  await predictions.rollBack(settling);
  const first = { marketId: settling, from: 0, userIds: [proposer, ann] };
  await world.committer.submit(payLots, first, { actor: 'test' });
  const voiding = await openBet(world, people);
  await predictions.void(world.actOf(voiding));
  await world.committer.submit(payLots, { ...first, marketId: voiding }, { actor: 'test' });
  // What is staked in the same batch counts from then on.
  const staker = await openBet(world, people);
  await Promise.all([
    world.bet(ann, staker, 'yes', '1'),
    world.stake(ann, '1000'),
    world.bet(ann, staker, 'yes', '1'),
  ]);
  const { items } = await predictions.ownLots(staker, ann, { limit: 2 });
  expect(items.map(({ tier }) => tier)).toEqual(['Lv2', 'Lv1']);

  return {
    ...{ proposer, ann, bob, operator: world.operator, second: world.secondOperator },
    ...{ rejected, expired, settled, cut, upheld, overruled, stands, disputedVoid, thin },
    ...{ operatorVoid, unresolved, proposed, open, locked, proposedOutcome, disputed, final },
    ...{ settling, voiding },
  };
}

beforeAll(async () => {
  world = await createWorld(undefined, 2);
  ids = await fillMarkets(world);
  const url = new URL(testEngines().postgres.superuserUrl);
  url.pathname = `/${world.database.name}`;
  db = openDatabase(url.href, 'lx-test-faults', 1);
});
afterAll(async () => {
  await db.destroy();
  await world.close();
});

/** What the audit finds when rows are changed past triggers and foreign keys; they are as before afterwards. */
async function findAfter(statements: readonly string[]): Promise<string> {
  const changed = await db.transaction();
  try {
    await changed.raw('set local session_replication_role = replica');
    for (const statement of statements) await changed.raw(statement);
    const found: string[] = [];
    for (const check of predictionChecks) {
      for await (const finding of check.run({ db: changed, onProgress: () => undefined })) {
        found.push(finding);
      }
    }
    return found.join('\n');
  } finally {
    await changed.rollback();
  }
}

it('has a market in each state', async () => {
  const states = await db('prediction_markets').distinct('status').pluck<string[]>('status');
  expect(states.toSorted()).toEqual(predictionStatuses.toSorted());
});

it('finds nothing where nobody touched anything', async () => {
  expect(await audit(world.database.url)).toEqual([]);
});

const lot = (market: string, number: number) => `id = '${market}/${number}'`;
const ofMarket = (market: string) => `id = '${market}'`;
const setLot = (number: number, change: string, market = ids.settled) =>
  `update prediction_lots set ${change} where ${lot(market, number)}`;
const setMarket = (market: string, change: string) =>
  `update prediction_markets set ${change} where ${ofMarket(market)}`;
const setSettlement = (change: string, market = ids.cut) =>
  `update prediction_settlements set ${change} where ${ofMarket(market)}`;
const later = (column: string) => `${column} = ${column} + interval '1 ms'`;
const earlier = (column: string) => `${column} = ${column} - interval '1 ms'`;

type Fault = [what: string, statement: () => string | string[], finding: () => string];

const lotFaults: Fault[] = [
  ['a stake', () => setLot(1, 'stake = stake + 1'), () => 'should have moved 50000000001 base'],
  ['shares', () => setLot(1, 'shares = shares + 1'), () => 'bought 61576887436 shares'],
  ['shares that were told', () => setLot(1, 'shares = shares + 1'), () => '61576887436, "Lv1"'],
  ['a side', () => setLot(1, `side = 'no'`), () => `"no", 50000000000, 61576887435, "Lv1"`],
  [
    'a level',
    () => setLot(1, `tier = 'Lv4'`),
    () => `lot ${ids.settled}/1 was bought as Lv4; the journal says Lv1, with 0 base units`,
  ],
  ['a level that was told', () => setLot(2, `tier = 'Lv1'`), () => `"Lv1"], the journal told`],
  [
    'an owner',
    () => setLot(1, `user_id = '${ids.bob}'`),
    () => `the journal says 50000000000 with user/${ids.ann}/available/LCO`,
  ],
  ['a time', () => setLot(1, later('placed_at')), () => 'the journal says 50000000000 with'],
  ['a batch', () => setLot(1, 'placed_in = placed_in - 1'), () => `lot ${ids.settled}/1 of batch`],
  [
    'a seed after the proposal',
    () => setLot(0, later('placed_at'), ids.open),
    () => `lot ${ids.open}/0 is a seed of user ${ids.proposer}`,
  ],
  [
    'a bet after the lock',
    () => setMarket(ids.cut, `locked_at = effective_at`),
    () => `lot ${ids.cut}/4 is of `,
  ],
  ...['staked', 'yes', 'no', 'others_yes', 'others_no'].map((name): Fault => [
    `${name} after a lot`,
    () => setLot(2, `${name}_after = ${name}_after + 1`),
    () => `lot ${ids.settled}/2 bought 79289321882 shares and left the pool at`,
  ]),
  [
    'a payout that was moved from one to another',
    () => [setLot(0, 'paid = paid + 1'), setLot(1, 'paid = paid - 1')],
    () => `prediction_payout ${ids.settled}/0 should have moved -`,
  ],
  ['a payout', () => setLot(1, 'paid = paid + 1'), () => `lot ${ids.settled}/1 was paid`],
  ['a fee', () => setLot(1, 'fee = fee + 1'), () => `lot ${ids.settled}/1 was paid`],
  [
    'a refund',
    () => setLot(4, 'paid = paid - 1', ids.cut),
    () => `prediction_refund ${ids.cut}/4 should have moved -3333333332`,
  ],
  [
    'a seed that was returned',
    () => setLot(0, 'paid = null, fee = null', ids.rejected),
    () => 'was paid nothing yet less a fee of nothing yet, by the rule 100000000000 and 0',
  ],
  [
    'a lot that is not paid yet',
    () => setLot(3, 'paid = 0, fee = 0', ids.settling),
    () => `lot ${ids.settling}/3 was paid 0`,
  ],
  [
    'a number',
    () => setLot(4, `number = 5, id = market_id || '/5'`),
    () => `lot ${ids.settled}/5 stands where lot 4 should`,
  ],
  ['what it is found by', () => setLot(4, `id = market_id || '/5'`), () => '/5 is number 4 of'],
  [
    'a lot that is gone',
    () => `delete from prediction_lots where ${lot(ids.open, 4)}`,
    () => `prediction_bet ${ids.open}/4 should have moved 0 base units`,
  ],
  [
    'a lot that nobody bought',
    () =>
      `insert into prediction_lots select market_id || '/5', market_id, 5, user_id, side, stake, shares, tier, placed_at,
         placed_in, staked_after, yes_after, no_after, others_yes_after, others_no_after, paid, fee
       from prediction_lots where ${lot(ids.open, 4)}`,
    () => `prediction_bet ${ids.open}/5 should have moved 3333333333 base units`,
  ],
  [
    'a market that is gone',
    () => `delete from prediction_markets where ${ofMarket(ids.open)}`,
    () => `lot ${ids.open}/0 is of the market ${ids.open}, which is missing`,
  ],
];

const figureFaults: Fault[] = [
  ...[
    'lots = lots + 1',
    'seed = seed - 1, volume = volume + 1',
    'staked = staked + 1, volume = volume + 1',
    'yes_shares = yes_shares + 1',
    'no_shares = no_shares - 1',
    'others_yes = others_yes + 1',
    'others_no = others_no - 1',
  ].map((change): Fault => [
    `a pool with ${change}`,
    () => `update prediction_pools set ${change} where ${ofMarket(ids.settled)}`,
    () => `market ${ids.settled} says `,
  ]),
  [
    'holders',
    () => `update prediction_pools set holders = 2 where ${ofMarket(ids.open)}`,
    () => `market ${ids.open} says 2 holders, 3 have a position`,
  ],
  [
    'a pool that is gone',
    () => `delete from prediction_pools where ${ofMarket(ids.open)}`,
    () => `market ${ids.open} has no pool`,
  ],
  [
    'a pool of no market',
    () =>
      `insert into prediction_pools select gen_random_uuid(), seed, staked, yes_shares, no_shares, others_yes, others_no,
         volume, lots, holders from prediction_pools where ${ofMarket(ids.open)}`,
    () => 'is of no market',
  ],
  ...[
    'lots = lots + 1',
    'staked = staked - 1',
    'yes_shares = yes_shares + 1',
    'no_shares = no_shares + 1',
    later('last_bet_at'),
  ].map((change): Fault => [
    `a position with ${change}`,
    () => `update prediction_positions set ${change} where id = '${ids.open}/${ids.ann}'`,
    () => `position ${ids.open}/${ids.ann} says [`,
  ]),
  [
    'a position that is gone',
    () => `delete from prediction_positions where id = '${ids.open}/${ids.ann}'`,
    () => `position ${ids.open}/${ids.ann} says [null`,
  ],
  [
    'what a pool holds',
    () => `update accounts set balance = 1 where owner_id = '${ids.settled}' and purpose = 'pool'`,
    () => `market ${ids.settled} (settled) should hold 0 base units and a bond of 0, its`,
  ],
  [
    'what a bond account holds',
    () => `update accounts set balance = 1 where owner_id = '${ids.disputed}' and purpose = 'bond'`,
    () => 'and a bond of 10000000000, its accounts hold',
  ],
  [
    'a transfer of another kind',
    () =>
      `update journal_transfers set kind = 'gift' where kind = 'prediction_bet' and reference = '${ids.open}/1'`,
    () =>
      `gift ${ids.open}/1 should have moved 0 base units between the pool of market ${ids.open}`,
  ],
];

const settlementFaults: Fault[] = [
  ['a cut', () => setSettlement('cut = 4, kept = 4', ids.settled), () => 'settles 4 of 5 lots'],
  [
    'what is kept',
    () => setSettlement('kept = 0, paid = 0, fees = 0, dust = 0, burn_seq = null'),
    () => 'settles 0 of',
  ],
  ['how many lots', () => setSettlement('lots = 6, settled = 6'), () => 'of 6 lots, 4 of them in'],
  ...['staked', 'yes_shares', 'no_shares', 'others_yes', 'others_no'].map((name): Fault => [
    `${name} of a settlement`,
    () => setSettlement(`${name} = ${name} + 1`),
    () => `market ${ids.cut} is settled by `,
  ]),
  [
    'the pool of a settlement, without what came late',
    () => setSettlement('yes_shares = yes_shares + 1'),
    () => `market ${ids.cut} is settled by a pool of `,
  ],
  [
    'a pool by which nothing can be paid',
    () => setSettlement('no_shares = 0'),
    () => 'cannot be paid by the figures of its settlement',
  ],
  [
    'how far it is',
    () => setSettlement('settled = 3', ids.settling),
    () => `lot ${ids.settling}/2 was paid nothing yet`,
  ],
  ...['paid', 'refunded', 'fees'].map((name): Fault => [
    `what was ${name}`,
    () => setSettlement(`${name} = ${name} + 1`),
    () => `market ${ids.cut} says it paid `,
  ]),
  ['the dust', () => setSettlement('dust = dust + 1'), () => `market ${ids.cut} has dust of `],
  [
    'the burn',
    () => setSettlement('burn_seq = burn_seq + 100'),
    () => `market ${ids.cut} should have burned `,
  ],
  [
    'a letter of what is handed out as the manifest',
    () =>
      `update prediction_manifests set text = replace(text, '"yes"', '"no"') where market_id = '${ids.settled}'`,
    () => `market ${ids.settled} hands out a manifest with the hash `,
  ],
  [
    'a manifest that is gone',
    () => `delete from prediction_manifests where market_id = '${ids.settled}'`,
    () => `market ${ids.settled} hands out a manifest with the hash of none`,
  ],
  [
    'the manifest',
    () => setSettlement(`manifest_hash = sha256('')`),
    () => `market ${ids.cut} published the manifest e3b0c44298fc`,
  ],
  [
    'the end of a settlement',
    () => setSettlement(later('completed_at')),
    () => 'its settlement at ',
  ],
  [
    'a settlement that is gone',
    () => `delete from prediction_settlements where ${ofMarket(ids.settling)}`,
    () => `market ${ids.settling} is settling, its settlement has not begun`,
  ],
  [
    'a settlement of no market',
    () => setSettlement('id = gen_random_uuid()'),
    () => 'is of no market',
  ],
  [
    'a thin market that was settled',
    () => [
      setMarket(ids.thin, `status = 'settled', void_cause = null, voided_at = null`),
      setSettlement('kept = cut', ids.thin),
    ],
    () => `market ${ids.thin} is settled; by the rule a side of it was hardly bet on`,
  ],
  [
    'a void for want of bets that there were',
    () => [
      setMarket(ids.settled, `status = 'void', void_cause = 'thin', voided_at = final_at`),
      setSettlement(
        'kept = 0, refunded = staked, paid = 0, fees = 0, dust = 0, burn_seq = null',
        ids.settled,
      ),
    ],
    () => `market ${ids.settled} is void; by the rule a side of it was not hardly bet on`,
  ],
  [
    'the question of a manifest',
    () => setMarket(ids.settled, `question = question || '!'`),
    () => `market ${ids.settled} published the manifest `,
  ],
  [
    'what a burn is for',
    () => `update burns set source_ref = 'another' where source_ref = '${ids.cut}'`,
    () => 'of kind none for nothing',
  ],
  [
    'what kind a burn is',
    () => `update burns set kind = 'bond' where source_ref = '${ids.cut}'`,
    () => `of kind bond for ${ids.cut}`,
  ],
  [
    'a burn that its market does not say',
    () => `update burns set source_ref = '${ids.open}' where source_ref = '${ids.cut}'`,
    () => `of kind prediction_fee for ${ids.open}`,
  ],
];

const acted = 'the audit log says';
const untold = 'the journal did not tell so';

const lifeFaults: Fault[] = [
  ['who reviewed it', () => setMarket(ids.open, `reviewed_by = '${ids.second}'`), () => acted],
  ['why it was rejected', () => setMarket(ids.rejected, `review_reason = 'x'`), () => acted],
  ['who resolved it', () => setMarket(ids.settled, `resolved_by = '${ids.second}'`), () => acted],
  ['the evidence', () => setMarket(ids.settled, `evidence = 'x'`), () => acted],
  ['who ruled', () => setMarket(ids.upheld, `ruled_by = '${ids.bob}'`), () => acted],
  ['why it was ruled so', () => setMarket(ids.upheld, `ruling_reason = 'x'`), () => acted],
  ['who voided it', () => setMarket(ids.operatorVoid, `voided_by = '${ids.bob}'`), () => acted],
  ['why it is void', () => setMarket(ids.operatorVoid, `void_reason = 'x'`), () => acted],
  ...['approve', 'reject', 'resolve', 'rule', 'void'].map((act): Fault => [
    `that somebody did ${act}`,
    () => `delete from audit_log where action = 'prediction.${act}'`,
    () => 'the audit log says by nobody at no time',
  ]),
  [
    'what the log says of an act',
    () =>
      `update audit_log set details = details || '{"was":"x"}' where action = 'prediction.void'`,
    () => '"was": "x"',
  ],
  [
    'an act that no market says',
    () =>
      `update audit_log set subject_id = '${ids.final}' where action = 'prediction.void' and subject_id = '${ids.operatorVoid}'`,
    () => `prediction.void of market ${ids.final} was by nobody at no time`,
  ],
  [
    'a fee',
    () => setMarket(ids.open, 'fee_bps = 500'),
    () => `market ${ids.open} has a fee of 500, when it was approved 400 was in force`,
  ],
  ['a fee that was told', () => setMarket(ids.open, 'fee_bps = 500'), () => untold],
  [
    'a parameter then',
    () => `update parameter_history set value = '300' where name = 'predictions.feeBps'`,
    () => 'has a fee of 400, when it was approved 300 was in force',
  ],
  ['a question', () => setMarket(ids.open, `question = question || '!'`), () => untold],
  ['the rules', () => setMarket(ids.open, `rules = 'YES anyway'`), () => untold],
  ['the source', () => setMarket(ids.open, `source = 'Nowhere'`), () => untold],
  ['tags', () => setMarket(ids.open, `tags = 'openai'`), () => untold],
  ['when it closes', () => setMarket(ids.open, later('closes_at')), () => untold],
  ['what was proposed', () => setMarket(ids.final, `proposed_outcome = 'no'`), () => untold],
  ['as of when', () => setMarket(ids.final, earlier('proposed_effective_at')), () => untold],
  ['a bond that was told', () => setMarket(ids.disputed, 'bond = bond + 1'), () => untold],
  ['an outcome that was told', () => setMarket(ids.final, `outcome = 'no'`), () => untold],
  ['an end that was told', () => setMarket(ids.final, later('final_at')), () => untold],
  ['a void that was told', () => setMarket(ids.thin, later('voided_at')), () => untold],
  ['a hash that was told', () => setSettlement(`manifest_hash = sha256('')`), () => untold],
  [
    'an outcome that was undone',
    () =>
      setMarket(
        ids.final,
        `status = 'resolution_proposed', outcome = null, effective_at = null, final_at = null`,
      ),
    () => 'no market says so',
  ],
  [
    'what the journal told',
    () =>
      `update journal_batches set feed = replace(feed::text, '"cause":"operator"', '"cause":"thin"')::json
       where feed::text like '%"cause":"operator"%'`,
    () => 'no market says so',
  ],
  [
    'an approval after its time',
    () => setMarket(ids.open, `proposed_at = proposed_at - interval '1 h', expires_at = opened_at`),
    () => `market ${ids.open} was approved at`,
  ],
  [
    'when it expired',
    () => setMarket(ids.expired, earlier('ended_at')),
    () => `market ${ids.expired} expired at`,
  ],
  ['when it was locked', () => setMarket(ids.locked, earlier('locked_at')), () => 'was locked at'],
  [
    'when it was resolved',
    () => setMarket(ids.final, `auto_void_ms = 0, resolved_at = closes_at, locked_at = closes_at`),
    () => `market ${ids.final} was resolved at`,
  ],
  [
    'a window for disputes',
    () => setMarket(ids.final, 'dispute_ms = dispute_ms + 1'),
    () => `market ${ids.final} could be disputed until`,
  ],
  [
    'the end of a window for disputes',
    () => setMarket(ids.final, later('disputable_until')),
    () => `market ${ids.final} was final at`,
  ],
  [
    'a window for rulings',
    () => setMarket(ids.disputed, 'ruling_ms = ruling_ms - 1'),
    () => `market ${ids.disputed} could be ruled on until`,
  ],
  [
    'a dispute before there was something to dispute',
    () => setMarket(ids.disputed, `disputed_at = resolved_at - interval '1 s'`),
    () => `market ${ids.disputed} was disputed at`,
  ],
  [
    'a ruling after its time',
    () => setMarket(ids.overruled, `ruling_until = ruled_at`),
    () => `market ${ids.overruled} was final at`,
  ],
  ['when it was ruled', () => setMarket(ids.upheld, earlier('ruled_at')), () => 'was ruled on at'],
  [
    'a window after which it is void',
    () => setMarket(ids.unresolved, `auto_void_ms = 2592000000`),
    () => `market ${ids.unresolved} was void (unresolved) at`,
  ],
  [
    'a void after its time',
    () => setMarket(ids.disputedVoid, `ruling_until = voided_at`),
    () => `market ${ids.disputedVoid} was void (operator) at`,
  ],
  [
    'a void before its outcome',
    () => setMarket(ids.thin, `voided_at = final_at - interval '1 ms'`),
    () => `market ${ids.thin} was void (thin) at`,
  ],
  [
    'an outcome that nobody proposed',
    () => setMarket(ids.stands, `outcome = 'yes'`),
    () => `market ${ids.stands} is yes as of`,
  ],
  [
    'what became of a bond',
    () => setMarket(ids.upheld, `bond_fate = 'returned', bond_burn_seq = null`),
    () => `market ${ids.upheld} has a bond that was returned, by the rule burned`,
  ],
  [
    'that a ruling was another',
    () => setMarket(ids.overruled, `outcome = 'yes'`),
    () => `market ${ids.overruled} has a bond that was returned, by the rule burned`,
  ],
  [
    'a bond',
    () => setMarket(ids.disputed, 'bond = bond + 1'),
    () =>
      `market ${ids.disputed} was disputed with 10000000001 base units, the rule says 10000000000`,
  ],
  [
    'a bond that moved otherwise',
    () => setMarket(ids.disputed, 'bond = bond + 1'),
    () => `prediction_bond ${ids.disputed} should have moved 10000000001`,
  ],
  [
    'which burn a bond was',
    () => setMarket(ids.upheld, 'bond_burn_seq = bond_burn_seq + 100'),
    () => `market ${ids.upheld} should have burned 10000000000 base units`,
  ],
  [
    'who disputed',
    () => setMarket(ids.disputed, `disputed_by = '${ids.operator}'`),
    () => `market ${ids.disputed} was disputed by user ${ids.operator}, who held no lot of it`,
  ],
  [
    'an operator who held lots',
    () => setMarket(ids.final, `resolved_by = '${ids.bob}'`),
    () => `market ${ids.final} was resolved by user ${ids.bob}, who held lots of it`,
  ],
  ['what it is found by', () => setMarket(ids.open, `words = 'x'`), () => 'is found by "x"'],
  [
    'that it is over',
    () => setMarket(ids.settled, later('ended_at')),
    () => `market ${ids.settled} ended at`,
  ],
  [
    'that it is open still',
    () => setMarket(ids.rejected, `status = 'expired', reviewed_by = null, review_reason = null`),
    () => `prediction.reject of market ${ids.rejected} was by nobody`,
  ],
];

describe.each([
  ['lot', lotFaults],
  ['figure', figureFaults],
  ['settlement', settlementFaults],
  ['life', lifeFaults],
])('in a %s', (_, faults) => {
  it.each(faults)('finds %s', async (_what, statement, finding) => {
    expect(await findAfter([statement()].flat())).toContain(finding());
  });
});
