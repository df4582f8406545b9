// Prediction markets as users meet them (DESIGN 2.8 and 6): proposing and betting, which need no worker; what is refused by
// name, and what is repeated.
import { newId } from '../../ledger/ids';
import type { LotView } from '../../services/predictions/lot-views';
import type { Answer, SignedUp } from '../api/harness';
import {
  createPredictionWorld,
  marketOf,
  proposalOf,
  type PredictionWorld,
} from '../workflows/prediction-world';
import { expectStatus, newKey } from '../workflows/support';

let world: PredictionWorld;
let ann: SignedUp;
let bob: SignedUp;
/** Open, with the worked example's bet of 500 on YES. */
let open: string;

beforeAll(async () => {
  world = await createPredictionWorld();
  [ann, bob] = world.bettors;
  open = await world.openUnheard();
  await world.bet(open, ann, 'yes', '500');
});
afterAll(() => world.close());

const get = (path: string, by?: SignedUp) =>
  world.api.send('GET', `/predictions${path}`, by ? { key: by.key } : {});
const readAs = async <T>(path: string, by?: SignedUp) =>
  expectStatus(await get(path, by), 200).as<T>();

/** 400, and the field is named. */
function expectNamed(answer: Answer, field: string): void {
  expect(answer.problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
  const { errors, details } = answer.problem;
  const named = [...errors.map(({ path }) => path.split('.')[0]), details?.param];
  expect(named).toContain(field);
}

const beyond = '9'.repeat(30);
const badAmounts = [
  ...['0', '-1', 100, '1e3', '0x64', ' 100', '100,5', '1.000000001', beyond, '', null],
  ...[['100'], { toString: '100' }],
];

/** A row for each bad value of a field. */
function rowsOf(bad: Readonly<Record<string, readonly unknown[]>>) {
  return Object.entries(bad).flatMap(([field, values]) =>
    values.map((value): [string, object] => [field, { [field]: value }]),
  );
}

describe('a proposal', () => {
  it('is answered with the market, its repeat with the same, and another body is refused', async () => {
    const key = newKey();
    const body = proposalOf({ tags: ['openai', 'gpt-5'], seed: '1000.50' });
    const made = expectStatus(await world.post('/predictions', world.proposer, body, key), 201);
    const market = marketOf(made);
    expect(market).toMatchObject({
      ...{ question: body.question, rules: body.rules, source: body.source },
      ...{ tags: ['openai', 'gpt-5'], proposer: world.proposer.handle, status: 'proposed' },
      ...{ closesAt: body.closesAt, openedAt: null, feeBps: null, review: null, seed: '1000.5' },
      ...{ volume: '0', bets: 0, holders: 1, resolution: null, dispute: null, outcome: null },
      pool: {
        staked: '1000.5',
        yes: { probability: '0.5', price: '0.707106781186', multiple: '2' },
      },
    });
    const again = await world.post('/predictions', world.proposer, body, key);
    expect([again.status, again.text]).toEqual([201, made.text]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = { ...body, seed: '2000' };
    const mismatch = await world.post('/predictions', world.proposer, other, key);
    expect(mismatch.problem).toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
    expect(await readAs(`/${market.id}`)).toEqual({ prediction: market });
    expect(await readAs(`/${market.id.toUpperCase()}`)).toEqual({ prediction: market });
    const bet = await world.tryBet(market.id, ann, 'yes', '1');
    expect(bet.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
    const quote = await get(`/${market.id}/quote?side=yes&stake=1`);
    expect(quote.problem).toMatchObject({ status: 409, details: { status: 'proposed' } });
  });

  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  const yearMs = 366 * 24 * 3_600_000;
  it.each(
    rowsOf({
      question: [
        ...[undefined, '', ' ', 5, ['Is it?'], 'x'.repeat(201), 'a\nb', 'a\u202eb', '\u200b'],
        ...['\ud83d', 'a\ude00b', 'a\0b'],
      ],
      rules: [undefined, '', 'x'.repeat(4_001), 'a\u2028b', '\ud83d'],
      source: [undefined, 'a\nb', 'x'.repeat(501)],
      closesAt: [
        ...[undefined, 'tomorrow', Date.now(), '2026-01-01', '9999-12-31T23:59:59-23:59'],
        ...[inMs(-1_000), inMs(6 * yearMs)],
      ],
      seed: [undefined, ...badAmounts],
      tags: [
        ...['openai', ['A'], ['a b'], ['-a'], ['a--b'], [5], ['x'.repeat(31)], [''], ['a', 'a']],
        ['a', 'b', 'c', 'd', 'e', 'f'],
      ],
      outcome: ['yes'],
      proposerId: [newId()],
    }),
  )('is refused with a bad %s: %j', async (field, over) => {
    expectNamed(await world.post('/predictions', ann, { ...proposalOf(), ...over }), field);
  });

  it('is refused with a key of the prototype, and with a number beyond all', async () => {
    const text = JSON.stringify(proposalOf());
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const body = text.replace('{', `{"${name}":{"seed":"1000"},`);
      expectNamed(await world.post('/predictions', ann, body), name);
    }
    const endless = text.replace('"1000"', '1e400');
    expectNamed(await world.post('/predictions', ann, endless), 'seed');
  });

  it('is refused below 100 LCO, beyond what is there, without a key, a right, or while frozen', async () => {
    const propose = (by: SignedUp, over = {}) => world.post('/predictions', by, proposalOf(over));
    expect((await propose(ann, { seed: '99.99999999' })).problem).toMatchObject({
      ...{ status: 400, code: 'AMOUNT_OUT_OF_RANGE', details: { minimum: '100' } },
    });
    for (const seed of ['20001', '1000000000']) {
      expect((await propose(ann, { seed })).problem).toMatchObject({
        ...{ status: 422, code: 'INSUFFICIENT_FUNDS' },
      });
    }
    const body = proposalOf();
    const keyless = await world.api.send('POST', '/predictions', { key: ann.key, body });
    expect(keyless.problem).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
    const headers = { 'idempotency-key': newKey() };
    expectStatus(await world.api.send('POST', '/predictions', { body, headers }), 401);
    const reader = await world.addKey(ann, { scopes: ['read'] });
    const asReader = await propose({ ...ann, key: reader.secret });
    expect(asReader.problem).toMatchObject({ status: 403, code: 'SCOPE_REQUIRED' });
    const eve = await world.addBettor();
    await world.freeze(eve);
    expect((await propose(eve)).problem).toMatchObject({ status: 403, code: 'USER_FROZEN' });
    const bet = await world.tryBet(open, eve, 'yes', '1');
    expect(bet.problem).toMatchObject({ status: 403, code: 'USER_FROZEN' });
  });
});

it('takes lines that end as browsers and Windows end them', async () => {
  const body = { ...proposalOf(), rules: ' YES if so.\r\nNO otherwise.\r\n' };
  const made = expectStatus(await world.post('/predictions', world.proposer, body), 201);
  expect(marketOf(made).rules).toBe('YES if so.\nNO otherwise.');
});

describe('a quote', () => {
  it('tells what the bet of the worked example buys, without a key', async () => {
    const id = await world.openUnheard();
    const { quote } = await readAs<{ quote: object }>(`/${id}/quote?side=yes&stake=500`);
    expect(quote).toEqual({
      ...{ side: 'yes', stake: '500', shares: '615.76887435', floor: '615.76887435' },
      ...{ averagePrice: '0.811992974681', price: '0.881917103689', impact: '0.174810322503' },
      ...{ probability: '0.77777777778', multiple: '1.285714285709', payout: '698.21627426' },
    });
    const { lot, pool } = await world.bet(id, ann, 'yes', '500');
    expect(lot).toMatchObject({ number: 1, side: 'yes', stake: '500', shares: '615.76887435' });
    expect(pool.yes).toMatchObject({ price: '0.881917103689', shares: '1322.87565553' });
    const most = await readAs<{ quote: object }>(`/${id}/quote?side=no&stake=1000000000`);
    expect(most.quote).toMatchObject({ stake: '1000000000', multiple: '1.000000000001' });
  });

  it.each([
    ['side', 'stake=5'],
    ['side', 'side=seed&stake=5'],
    ['side', 'side=__proto__&stake=5'],
    ['side', 'side=yes&side=no&stake=5'],
    ['stake', 'side=yes'],
    ['stake', 'side=yes&stake=0'],
    ['stake', 'side=yes&stake=-5'],
    ['stake', 'side=yes&stake=1e3'],
    ['stake', `side=yes&stake=${beyond}`],
    ['minShares', 'side=yes&stake=5&minShares=1'],
  ])('is refused with a bad %s: %s', async (field, query) => {
    expectNamed(await get(`/${open}/quote?${query}`), field);
  });

  it('is refused below 1 LCO', async () => {
    const answer = await get(`/${open}/quote?side=yes&stake=0.99999999`);
    expect(answer.problem).toMatchObject({ status: 400, code: 'AMOUNT_OUT_OF_RANGE' });
  });
});

describe('a bet', () => {
  const bet = (by: SignedUp, body: unknown, key?: string, id = open) =>
    world.post(`/predictions/${id}/bets`, by, body, key);

  it('is taken once under its key, however many ask at once', async () => {
    const key = newKey();
    const before = await world.balanceOf(bob, 'LCO');
    const body = { side: 'no', stake: '2.50', minShares: '2.5' };
    const answers = await Promise.all([1, 2, 3].map(() => bet(bob, body, key)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const { lot } = expectStatus(answers[0] as Answer, 201).as<{ lot: LotView }>();
    expect(lot).toMatchObject({
      ...{ side: 'no', stake: '2.5', tier: 'Lv1', paysFee: true, voided: null, paid: null },
    });
    expect(Number(before) - Number(await world.balanceOf(bob, 'LCO'))).toBeCloseTo(2.5, 8);
    const replay = await bet(bob, body, key);
    expect(replay.headers.get('idempotent-replayed')).toBe('true');
    const other = await bet(bob, { ...body, stake: '3' }, key);
    expect(other.problem).toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
  });

  it.each(
    rowsOf({
      side: [undefined, 'maybe', 'seed', 'YES', 1, true, ['yes'], '__proto__', 'constructor'],
      stake: [undefined, ...badAmounts],
      minShares: badAmounts,
      userId: [newId()],
    }),
  )('is refused with a bad %s: %j', async (field, over) => {
    expectNamed(await bet(ann, { side: 'yes', stake: '1', ...over }), field);
  });

  it('is refused when the odds have moved, below 1 LCO, and beyond what is there', async () => {
    const moved = await bet(ann, { side: 'yes', stake: '10', minShares: '1000' });
    expect(moved.problem).toMatchObject({ status: 422, code: 'MIN_SHARES_NOT_REACHED' });
    expect(moved.problem.details).toMatchObject({ minShares: '1000' });
    const small = await bet(ann, { side: 'yes', stake: '0.99999999' });
    expect(small.problem).toMatchObject({ status: 400, code: 'AMOUNT_OUT_OF_RANGE' });
    const large = await bet(ann, { side: 'yes', stake: '1000000000' });
    expect(large.problem).toMatchObject({ status: 422, code: 'INSUFFICIENT_FUNDS' });
    const keyless = { key: ann.key, body: { side: 'yes', stake: '1' } };
    const answer = await world.api.send('POST', `/predictions/${open}/bets`, keyless);
    expect(answer.problem).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
  });

  it('says of a Whale that its profit pays no fee', async () => {
    const whale = await world.addBettor(100_000);
    const { lot } = await world.bet(open, whale, 'no', '1');
    expect(lot).toMatchObject({ tier: 'Whale', paysFee: false });
  });
});

it('a market that there is not is not found, and a name is no id', async () => {
  const body = { side: 'yes', stake: '1' };
  const paths = [
    '',
    '/quote?side=yes&stake=1',
    '/history',
    '/history?points=3',
    '/manifest',
    '/bets',
  ];
  for (const path of paths) {
    const answer = await get(`/${newId()}${path}`, ann);
    expect(answer.problem).toMatchObject({ status: 404, code: 'PREDICTION_NOT_FOUND' });
    expectStatus(await get(`/nothing${path}`, ann), 400);
  }
  for (const [path, sent] of [
    ['bets', body],
    ['disputes', { evidence: 'It is not so' }],
  ] as const) {
    const answer = await world.post(`/predictions/${newId()}/${path}`, ann, sent);
    expect(answer.problem).toMatchObject({ status: 404, code: 'PREDICTION_NOT_FOUND' });
  }
});

it('is described', async () => {
  const { paths, components } = (await world.api.send('GET', '//openapi.json')).as<{
    paths: Record<string, object>;
    components: { schemas: object };
  }>();
  const described = Object.entries(paths)
    .filter(([path]) => path.includes('/predictions'))
    .map(([path, methods]) => [path.replace('/api/v1', ''), ...Object.keys(methods).sort()]);
  expect(described.sort()).toEqual([
    ...['approve', 'reject', 'resolve', 'rule', 'void'].map((verb) => [
      `/admin/predictions/{id}/${verb}`,
      'post',
    ]),
    ['/predictions', 'get', 'post'],
    ['/predictions/positions', 'get'],
    ['/predictions/{id}', 'get'],
    ['/predictions/{id}/bets', 'get', 'post'],
    ['/predictions/{id}/disputes', 'post'],
    ['/predictions/{id}/history', 'get'],
    ['/predictions/{id}/manifest', 'get'],
    ['/predictions/{id}/quote', 'get'],
  ]);
  expect(Object.keys(components.schemas)).toEqual(
    expect.arrayContaining(['PredictionMarket', 'PredictionManifest', 'PredictionQuote']),
  );
});
