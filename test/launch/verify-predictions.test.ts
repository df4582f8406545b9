// `npm run verify` on the settlements of prediction markets, honest ones and such as a server lies about.
import { createHash, randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import { parseAmount } from '../../domain/money';
import type { PredictionSide } from '../../domain/predictions/pool';
import { callerOf } from '../credits/world';
import { mint } from '../proofs/burn-support';
import type { Lie } from './verify-support';
import { createWorld, type Page, type World } from './verify-world';

const windows = { predictionDispute: '0ms', predictionAutoVoid: '0ms' };

let world: World;
let ids: Awaited<ReturnType<typeof settleMarkets>>;

const pause = () => new Promise((resolve) => setTimeout(resolve, 3));

/** Markets that ended in each way there is, with a bet after the fact and one that pays no fee. */
async function settleMarkets({ api }: World) {
  const { predictions, staking } = api.context.services;
  const [proposer, ann, bob] = await Promise.all(
    [1, 2, 3].map(async () => (await api.signUp()).id),
  );
  const operator = (await api.appoint()).id;
  const second = (await api.appoint()).id;
  for (const user of [proposer, ann, bob]) await mint(api.context.committer, user!, '60000');
  await staking.stake(callerOf(bob!), parseAmount('50000'));

  const caller = (userId: string) => ({
    ...callerOf(userId),
    idempotency: { key: randomUUID(), fingerprint: createHash('sha256').digest() },
  });
  const actOf = (marketId: string, operatorId = operator) => {
    const keys = { decisionKey: randomUUID(), requestId: randomUUID() };
    return { marketId, operatorId, reason: 'As the source says', ...keys };
  };
  const bet = async (userId: string, marketId: string, side: PredictionSide, lco: string) => {
    await pause();
    const request = { marketId, side, stake: parseAmount(lco), minShares: null };
    await predictions.bet(caller(userId), request);
    return Date.now();
  };
  async function open(closesInMs = 3_600_000) {
    const { result } = await predictions.propose(caller(proposer!), {
      ...{ question: 'Will "it" — ünder test — hold?', rules: 'YES if it does.', source: 'This' },
      ...{ tags: [], closesAt: Date.now() + closesInMs, seed: parseAmount('1000') },
    });
    await predictions.approve(actOf(result.id));
    return result.id;
  }
  async function settle(marketId: string, outcome: PredictionSide, effectiveAt = Date.now()) {
    await predictions.resolve({ ...actOf(marketId), outcome, effectiveAt });
    await predictions.finalise(marketId);
    await predictions.rollBack(marketId);
    await predictions.pay(marketId);
    return marketId;
  }

  const cut = await open();
  await bet(ann!, cut, 'yes', '500');
  await bet(proposer!, cut, 'no', '12.34567891');
  const inTime = await bet(bob!, cut, 'no', '400');
  await bet(ann!, cut, 'no', '300');
  await settle(cut, 'no', inTime);
  const whole = await open();
  await bet(ann!, whole, 'yes', '20');
  await bet(bob!, whole, 'no', '30');
  await pause();
  await settle(whole, 'yes');
  const thin = await open();
  await bet(ann!, thin, 'yes', '20');
  await pause();
  await settle(thin, 'yes');
  const voided = await open();
  await bet(ann!, voided, 'yes', '20');
  await predictions.void(actOf(voided, second));
  await predictions.pay(voided);
  const unresolved = await open(100);
  await new Promise((resolve) => setTimeout(resolve, 120));
  await predictions.lock(unresolved);
  await predictions.voidUnresolved(unresolved);
  await predictions.pay(unresolved);
  await open();
  return { cut, whole, thin, voided, unresolved };
}

beforeAll(async () => {
  world = await createWorld({ WINDOWS: JSON.stringify(windows) });
  ids = await settleMarkets(world);
});
beforeEach(() => world.startAnew());
afterAll(() => world.close());

interface ManifestJson {
  question: string;
  outcome: string;
  keptLots: number;
  totals: Record<string, string>;
  lots: Record<string, unknown>[];
}

interface MarketJson extends ManifestJson {
  id: string;
  pool: { staked: string };
  settlement: Record<string, unknown>;
}

/** What the list says of a market. */
function list(id: string, edit: (market: MarketJson) => void): Lie {
  return (path, body) => {
    if (!path.startsWith('/predictions?')) return undefined;
    const page = JSON.parse(body) as { items: MarketJson[] };
    for (const market of page.items.filter((item) => item.id === id)) edit(market);
    return JSON.stringify(page);
  };
}

/** Another manifest, with its hash where it is published. */
async function forge(
  id: string,
  edit: (manifest: ManifestJson) => void,
  editMarket: (market: MarketJson) => void = () => undefined,
  write: (manifest: unknown) => string | undefined = canonicalize,
): Promise<Lie> {
  const manifest = (await world.api.send('GET', `/predictions/${id}/manifest`)).as<ManifestJson>();
  edit(manifest);
  const text = write(manifest) ?? '';
  const manifestHash = createHash('sha256').update(text).digest('hex');
  const listed = list(id, (market) => {
    market.settlement.manifestHash = manifestHash;
    editMarket(market);
  });
  return (path, body) => (path === `/predictions/${id}/manifest` ? text : listed(path, body));
}

const summary = (markets: number, read: number) =>
  `✓ ${markets} prediction markets paid what the rule makes of their lots and burned the rest; ${read} manifests were read`;

describe('an honest server', () => {
  it('has its manifests read once', async () => {
    const first = await world.run();
    expect(first.text).toContain(summary(5, 5));
    expect(first.isSound).toBe(true);
    const asked: string[] = [];
    world.liar.lie = (path) => void asked.push(path);
    const second = await world.run();
    expect(second.text).toContain(summary(5, 0));
    expect(second.isSound).toBe(true);
    expect(asked.filter((path) => path.endsWith('/manifest'))).toEqual([]);
  });

  it('serves the bytes that it names, with their digest', async () => {
    const { text, headers } = await world.api.send('GET', `/predictions/${ids.cut}/manifest`);
    const digest = createHash('sha256').update(text).digest('base64');
    expect(headers.get('repr-digest')).toBe(`sha-256=:${digest}:`);
  });
});

const setLot = (number: number, change: object) => (manifest: ManifestJson) => {
  Object.assign(manifest.lots[number]!, change);
};

describe('a server that lies about', () => {
  it.each<[what: string, lie: () => Promise<Lie> | Lie, finding: string]>([
    [
      'the bytes of a manifest',
      () => (path, body) => (path.endsWith(`${ids.cut}/manifest`) ? `${body} ` : undefined),
      'the manifest has the hash',
    ],
    [
      'the form of a manifest',
      () =>
        forge(
          ids.cut,
          () => undefined,
          undefined,
          (manifest) => JSON.stringify(manifest, null, 1),
        ),
      'the manifest is not in canonical form',
    ],
    [
      'JSON',
      () =>
        forge(
          ids.cut,
          () => undefined,
          undefined,
          () => '{',
        ),
      'the manifest is no JSON',
    ],
    [
      'a field that no manifest has',
      () => forge(ids.cut, (manifest) => Object.assign(manifest, { note: 'x' })),
      'the manifest is not as documented',
    ],
    [
      'the zeros of an amount',
      () => forge(ids.cut, setLot(1, { stake: '500.0' })),
      'the manifest is not as documented',
    ],
    [
      'a manifest that is another one',
      () => forge(ids.cut, (manifest) => Object.assign(manifest, { marketId: ids.whole })),
      'the manifest has another id than the market',
    ],
    [
      'the question',
      () => list(ids.cut, (market) => (market.question = 'Another')),
      'the manifest has another question than the market',
    ],
    [
      'the outcome',
      () => list(ids.cut, (market) => (market.outcome = 'yes')),
      'the manifest has another outcome than the market',
    ],
    [
      'the outcome, everywhere',
      () =>
        forge(
          ids.cut,
          (manifest) => (manifest.outcome = 'yes'),
          (market) => (market.outcome = 'yes'),
        ),
      'lot 0 was paid',
    ],
    [
      'a void outcome, everywhere',
      () =>
        forge(
          ids.cut,
          (manifest) => (manifest.outcome = 'void'),
          (market) => (market.outcome = 'void'),
        ),
      'the outcome is void, or it is not',
    ],
    [
      'how many lots there are',
      () => forge(ids.cut, (manifest) => void manifest.lots.pop()),
      'the manifest has another lots than the market',
    ],
    [
      'shares',
      () => forge(ids.cut, setLot(1, { shares: '700' })),
      'lot 1 has 700 shares, by the rule',
    ],
    ['a number', () => forge(ids.cut, setLot(2, { number: 3 })), 'lot 3 stands where lot 2 should'],
    ['a side', () => forge(ids.cut, setLot(1, { side: 'seed' })), 'lot 1 is of the side seed'],
    [
      'whose the seed is',
      () => forge(ids.cut, setLot(0, { byProposer: false })),
      'the seed is not that of the proposal',
    ],
    [
      'the order of lots',
      () =>
        forge(ids.cut, ({ lots }) => {
          lots[2]!.at = new Date(Date.parse(lots[1]!.at as string) - 1).toISOString();
        }),
      'lot 2 is earlier than the one before',
    ],
    [
      'when bets were taken',
      () => forge(ids.cut, setLot(4, { at: '2099-01-01T00:00:00.000Z' })),
      'lot 4 is not of the betting time',
    ],
    [
      'which lot is in time',
      () => forge(ids.cut, ({ lots }) => (lots[4]!.at = lots[3]!.at)),
      'the lots in time do not make the pool',
    ],
    [
      "the market's pool",
      () => list(ids.cut, (market) => (market.pool.staked = '1')),
      "the lots do not make the market's pool",
    ],
    [
      'how many lots count',
      () =>
        forge(
          ids.cut,
          (manifest) => (manifest.keptLots = 3),
          ({ settlement }) => Object.assign(settlement, { keptLots: 3, voidedLots: 2 }),
        ),
      '3 lots count, by the rule 4',
    ],
    [
      'who bet',
      () => forge(ids.whole, setLot(1, { byProposer: true })),
      'a side was hardly bet on, and the market is not void for that',
    ],
    [
      'a want of bets',
      () => list(ids.voided, (market) => Object.assign(market, { voided: { cause: 'thin' } })),
      'the market is void for want of bets that there were',
    ],
    ['a level', () => forge(ids.cut, setLot(3, { tier: 'Lv1' })), 'lot 3 was paid'],
    [
      'a payout',
      () => forge(ids.cut, setLot(3, { gross: '1', net: '1' })),
      'lot 3 was paid 1 - 0 = 1',
    ],
    ['a refund', () => forge(ids.cut, setLot(4, { net: '299' })), 'lot 4 was paid 300 - 0 = 299'],
    [
      'what is voided',
      () => forge(ids.cut, setLot(4, { voided: false })),
      'lot 4 is voided, or it',
    ],
    [
      'the sum of the payouts',
      () =>
        forge(
          ids.cut,
          ({ totals }) => (totals.paid = '1'),
          ({ settlement }) => (settlement.paid = '1'),
        ),
      'the payouts do not come to the totals',
    ],
    [
      'the dust',
      () =>
        forge(
          ids.cut,
          ({ totals }) => (totals.dust = '1'),
          ({ settlement }) => (settlement.dust = '1'),
        ),
      'LCO were burned,',
    ],
    [
      'what was burned',
      () => list(ids.cut, ({ settlement }) => (settlement.burned = '99')),
      'is not of the 99 LCO it burned',
    ],
    [
      'which burn it was',
      () => list(ids.cut, ({ settlement }) => (settlement.burnSeq = 1)),
      'burn 1 is not of the',
    ],
    [
      'whether it burned anything',
      () => list(ids.cut, ({ settlement }) => (settlement.burnSeq = null)),
      'it says that it burned',
    ],
    [
      'a burn that is still to come',
      () => list(ids.cut, ({ settlement }) => (settlement.burnSeq = 1_000)),
      'the burn log has no burn of the market',
    ],
    [
      'a market that it hides',
      () => (path, body) => {
        if (!path.startsWith('/predictions?')) return undefined;
        const { items } = JSON.parse(body) as Page;
        const rest = items.filter(({ id }) => id !== ids.cut);
        return JSON.stringify({ items: rest, nextCursor: null });
      },
      `is said to be of`,
    ],
    [
      'a market that is not as documented',
      () => list(ids.cut, (market) => Object.assign(market, { bets: '4' })),
      '✗ prediction markets: /predictions?status=settled is not as documented',
    ],
    [
      'whose burn it was',
      () => list(ids.cut, (market) => (market.id = '00000000-0000-4000-8000-000000000000')),
      'is not of the',
    ],
  ])('%s is found out', async (_, lie, finding) => {
    world.liar.lie = await lie();
    const { isSound, text } = await world.run();
    expect(text).toContain(finding);
    expect(isSound).toBe(false);
  });
});

describe('a server that was seen before', () => {
  it('is found out when a manifest is another one than it was', async () => {
    await world.run();
    const edit = (said: { question: string }) => void (said.question = 'Another');
    world.liar.lie = await forge(ids.cut, edit, edit);
    expect((await world.run()).text).toContain(`✗ prediction ${ids.cut}: ITS MANIFEST WAS CHANGED`);
    world.startAnew();
    world.liar.lie = await forge(ids.cut, edit, edit);
    expect((await world.run()).isSound).toBe(true);
  });

  it('is found out when it says something else of a market than its manifest', async () => {
    await world.run();
    world.liar.lie = list(ids.cut, (market) => (market.question = 'Another'));
    expect((await world.run()).text).toContain('the manifest has another question');
  });

  it('is found out when a market is gone', async () => {
    await world.run();
    world.liar.lie = (path) =>
      path.startsWith('/predictions?status=void') ? '{"items":[],"nextCursor":null}' : undefined;
    const { text } = await world.run();
    for (const id of [ids.thin, ids.voided, ids.unresolved]) {
      expect(text).toContain(`✗ THE SETTLEMENT OF prediction ${id} IS GONE`);
    }
  });
});
