// How operators decide about prediction markets by HTTP, how holders dispute, and the manifest of what was paid (DESIGN 2.8
// and 6).
import { createHash } from 'node:crypto';
import { manifestAnswer } from '../../api/routes/prediction-answers';
import { parseAmount } from '../../domain/money';
import type { PredictionSide } from '../../domain/predictions/pool';
import { newId } from '../../ledger/ids';
import type { RunningWorker } from '../../worker/start-worker';
import { cookieOf, type SignedUp } from '../api/harness';
import { callerOf } from '../credits/world';
import {
  createPredictionWorld,
  shortWindows,
  type PredictionWorld,
} from '../workflows/prediction-world';
import { expectStatus, newKey, startTestWorker } from '../workflows/support';

interface Manifest {
  readonly outcome: string;
  readonly keptLots: number;
  readonly pool: { readonly staked: string };
  readonly totals: Readonly<Record<'paid' | 'refunded' | 'fees' | 'dust' | 'burned', string>>;
  readonly lots: readonly { readonly number: number; readonly net: string; readonly fee: string }[];
}

let world: PredictionWorld;
let worker: RunningWorker;
let ann: SignedUp;
let bob: SignedUp;
let operator: SignedUp;
let second: SignedUp;

beforeAll(async () => {
  world = await createPredictionWorld({ ...shortWindows, predictionDispute: '60s' });
  worker = await startTestWorker(world.config);
  [ann, bob] = world.bettors;
  [operator, second] = world.operators;
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

const verbs = ['approve', 'reject', 'resolve', 'rule', 'void'] as const;
const bodyOf = (verb: (typeof verbs)[number]) => {
  const decided = { outcome: 'yes', effectiveAt: new Date().toISOString() };
  switch (verb) {
    case 'resolve':
      return { ...decided, evidence: 'As the source says' };
    case 'rule':
      return { ...decided, reason: 'I looked myself' };
    default:
      return { reason: 'A clear case' };
  }
};

describe('an operator', () => {
  const act = (verb: (typeof verbs)[number], id: string, by = operator, over: object = {}) =>
    world.post(`/admin/predictions/${id}/${verb}`, by, { ...bodyOf(verb), ...over });

  it.each(verbs)(
    'is who may %s, with a key of idempotency, a market that there is',
    async (verb) => {
      const id = await world.propose();
      const path = `/admin/predictions/${id}/${verb}`;
      const body = bodyOf(verb);
      const headers = { 'idempotency-key': newKey() };
      expectStatus(await world.api.send('POST', path, { body, headers }), 401);
      expectStatus(await act(verb, id, ann), 403);
      const keyless = await world.api.send('POST', path, { key: operator.key, body });
      expect(keyless.problem).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
      const unknown = await act(verb, newId());
      expect(unknown.problem).toMatchObject({ status: 404, code: 'PREDICTION_NOT_FOUND' });
      expectStatus(await act(verb, 'nothing'), 400);
      const unexplained = verb === 'resolve' ? 'evidence' : 'reason';
      const resolved = verb === 'resolve' || verb === 'rule';
      for (const [field, value] of [
        ...[undefined, '', 'a\nb', '\u202ea', '\ud83d', 5].map(
          (bad) => [unexplained, bad] as const,
        ),
        ...(resolved
          ? ([
              ...[undefined, 'maybe', 'void', 1, '__proto__'].map(
                (bad) => ['outcome', bad] as const,
              ),
              ...['now', 1_700_000_000, ...(verb === 'resolve' ? [undefined] : [])].map(
                (bad) => ['effectiveAt', bad] as const,
              ),
            ] as const)
          : []),
        ['operatorId', newId()] as const,
      ]) {
        const { problem } = await act(verb, id, operator, { [field]: value });
        expect(problem).toMatchObject({ status: 400, errors: [{ path: field }] });
      }
      expect((await world.service.get(id)).status).toBe('proposed');
      expectStatus(await act('reject', id), 200);
    },
  );

  it('decides at the right time only', async () => {
    const id = await world.propose();
    for (const verb of ['resolve', 'rule', 'void'] as const) {
      const { problem } = await act(verb, id);
      expect(problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
    }
    expectStatus(await act('approve', id), 200);
    for (const verb of ['approve', 'reject', 'rule'] as const)
      expectStatus(await act(verb, id), 409);
    await world.betExample(id);
    const { openedAt } = await world.service.get(id);
    for (const effectiveAt of [Date.parse(openedAt ?? '') - 1, Date.now() + 60_000]) {
      const at = new Date(effectiveAt).toISOString();
      const { problem } = await act('resolve', id, operator, { effectiveAt: at });
      expect(problem).toMatchObject({ status: 400, details: { param: 'effectiveAt' } });
    }
    expectStatus(await act('resolve', id), 200);
    expectStatus(await act('resolve', id, second), 409);
    const own = await act('void', id);
    expect(own.problem).toMatchObject({ status: 403, code: 'ACTION_BY_INTERESTED_OPERATOR' });
    expectStatus(await act('void', id, second), 200);
    await world.ends(id);
    expectStatus(await act('void', id, second), 409);
  });

  it('does not decide where they hold a lot, or what they proposed', async () => {
    const bettor = await world.addBettor();
    const held = await world.open();
    await world.bet(held, bettor, 'yes', '5');
    const own = await world.propose({}, bettor);
    const interested = await appoint(bettor);
    for (const [verb, id] of [
      ['approve', own],
      ['reject', own],
      ['resolve', held],
      ['void', held],
    ] as const) {
      const { problem } = await act(verb, id, interested);
      expect(problem).toMatchObject({ status: 403, code: 'ACTION_BY_INTERESTED_OPERATOR' });
    }
    expectStatus(await act('reject', own), 200);
    expectStatus(await act('void', held), 200);
    await world.ends(held);
  });

  it('is one of two who decide at once, and only one does', async () => {
    const id = await world.propose();
    const answers = await Promise.all([act('approve', id), act('reject', id, second)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { status } = await world.service.get(id);
    expect(status).toBe(answers[0]?.status === 200 ? 'open' : 'rejected');
    if (status === 'open') expectStatus(await act('void', id), 200);
    await world.ends(id);
  });

  it('gets the first answer again under the same key, and another request is refused', async () => {
    const id = await world.propose();
    const key = newKey();
    const path = `/admin/predictions/${id}/approve`;
    const [one, two] = await Promise.all(
      [1, 2].map(() => world.post(path, operator, { reason: 'Clear' }, key)),
    );
    expect([one?.status, two?.text]).toEqual([200, one?.text]);
    const other = await world.post(path, operator, { reason: 'Clearer' }, key);
    expect(other.problem).toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
    expect((await world.actionsOn(id)).map(({ action }) => action)).toEqual(['prediction.approve']);
    expectStatus(await act('void', id), 200);
    await world.ends(id);
  });
});

/** Gives a user the role, and a key that has it. */
async function appoint(user: SignedUp): Promise<SignedUp> {
  await world.context.services.operators.appointFirst(user.id, newKey());
  const { email, password } = user;
  const session = await world.api.send('POST', '/sessions', { body: { email, password } });
  const made = await world.api.send('POST', '/api-keys', {
    headers: { cookie: cookieOf(session) },
    body: { name: 'operator', scopes: ['admin'] },
  });
  return { ...user, key: expectStatus(made, 201).as<{ secret: string }>().secret };
}

describe('a dispute', () => {
  const dispute = (id: string, by: SignedUp, body: unknown, key?: string) =>
    world.post(`/predictions/${id}/disputes`, by, body, key);
  const body = { evidence: 'It says\notherwise' };

  it('is a holder’s, once, with evidence and a bond', async () => {
    const id = await world.open({ seed: '11000' });
    const early = await dispute(id, world.proposer, body);
    expect(early.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
    await world.betExample(id);
    expectStatus(await world.resolve(id, 'yes'), 200);
    for (const evidence of [undefined, '', ' ', 5, 'x'.repeat(2_001), '\ud83d', 'a\u202eb']) {
      const { problem } = await dispute(id, ann, { evidence });
      expect(problem).toMatchObject({ status: 400, errors: [{ path: 'evidence' }] });
    }
    const extra = await dispute(id, ann, { ...body, bond: '1' });
    expect(extra.problem).toMatchObject({ status: 400, errors: [{ path: 'bond' }] });
    const eve = await world.addBettor();
    expect((await dispute(id, eve, body)).problem).toMatchObject({
      ...{ status: 403, code: 'FORBIDDEN' },
    });
    const reader = await world.addKey(ann, { scopes: ['read'] });
    const asReader = await dispute(id, { ...ann, key: reader.secret }, body);
    expect(asReader.problem).toMatchObject({ status: 403, code: 'SCOPE_REQUIRED' });
    const path = `/predictions/${id}/disputes`;
    expectStatus(await world.api.send('POST', path, { key: ann.key, body }), 400);

    const key = newKey();
    const answer = expectStatus(await dispute(id, bob, body, key), 201);
    expect(answer.json).toMatchObject({ dispute: { marketId: id, bond: '120' } });
    const again = await dispute(id, bob, body, key);
    expect([again.text, again.headers.get('idempotent-replayed')]).toEqual([answer.text, 'true']);
    const other = await dispute(id, bob, { evidence: 'No' }, key);
    expect(other.problem).toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
    expect((await dispute(id, ann, body)).problem).toMatchObject({
      ...{ status: 409, code: 'STATE_CONFLICT' },
    });
    expect((await world.service.get(id)).dispute).toMatchObject({
      ...{ handle: bob.handle, evidence: body.evidence, bondFate: 'held', ruling: null },
    });
    expectStatus(await world.void(id), 200);
    await world.ends(id);
  });

  it('is refused to who cannot put the bond up', async () => {
    const poor = await world.addBettor();
    const id = await world.open();
    await world.bet(id, poor, 'yes', '19950');
    expectStatus(await world.resolve(id, 'no'), 200);
    expect((await dispute(id, poor, body)).problem).toMatchObject({
      ...{ status: 422, code: 'INSUFFICIENT_FUNDS' },
    });
    expectStatus(await world.void(id), 200);
    await world.ends(id);
  });
});

describe('the manifest', () => {
  const lots = 2_500;

  it('is streamed whole, in the bytes whose hash the market names', async () => {
    const id = await world.open({}, { predictionDispute: 0 });
    const path = `/predictions/${id}/manifest`;
    const early = await world.api.send('GET', path);
    expect(early.problem).toMatchObject({ status: 409, details: { status: 'open' } });
    await betMany(id, lots);
    expectStatus(await world.resolve(id, 'yes'), 200);
    const { settlement } = await world.ends(id);
    const answer = expectStatus(await world.api.send('GET', path), 200);
    const hash = createHash('sha256').update(answer.text).digest();
    expect(settlement).toMatchObject({ manifestHash: hash.toString('hex'), settledLots: lots + 1 });
    expect(answer.headers.get('repr-digest')).toBe(`sha-256=:${hash.toString('base64')}:`);
    expect(answer.headers.get('content-type')).toContain('application/json');
    const etag = answer.headers.get('etag') ?? '';
    expect(answer.headers.get('cache-control')).toContain('immutable');
    const known = await world.api.send('GET', path, { headers: { 'if-none-match': etag } });
    expect([known.status, known.text.length]).toEqual([304, 0]);

    const manifest = answer.as<Manifest>();
    expect(manifestAnswer.strict().parse(manifest)).toEqual(manifest);
    expect(manifest.lots.map(({ number }) => number)).toEqual(
      Array.from({ length: lots + 1 }, (_, number) => number),
    );
    const sum = (of: 'net' | 'fee') =>
      manifest.lots.reduce((total, lot) => total + parseAmount(lot[of]), 0n);
    const { pool, totals } = manifest;
    expect(sum('net')).toBe(parseAmount(totals.paid));
    expect(sum('fee')).toBe(parseAmount(totals.fees));
    expect(parseAmount(totals.fees) + parseAmount(totals.dust)).toBe(parseAmount(totals.burned));
    expect(sum('net') + parseAmount(totals.burned)).toBe(parseAmount(pool.staked));
    expect(manifest).toMatchObject({
      outcome: 'yes',
      keptLots: lots + 1,
      totals: { refunded: '0' },
    });
    expect(await world.burnsOf(id)).toEqual([['prediction_fee', totals.burned]]);

    const leaving = new AbortController();
    const left = await fetch(`${world.api.url}/api/v1${path}`, { signal: leaving.signal });
    leaving.abort();
    await expect(left.text()).rejects.toThrow('abort');
    expect((await world.api.send('GET', path)).text).toBe(answer.text);
  });

  /** As many as a busy market has, straight to the engine. */
  async function betMany(marketId: string, count: number): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, (_, i) => {
        const side: PredictionSide = i % 2 === 0 ? 'yes' : 'no';
        const request = { marketId, side, stake: parseAmount('1'), minShares: null };
        return world.service.bet(callerOf(i % 3 === 0 ? ann.id : bob.id), request);
      }),
    );
  }

  it('of a void market tells that every stake came back', async () => {
    const id = await world.open();
    await world.betExample(id);
    expectStatus(await world.void(id), 200);
    const { settlement } = await world.ends(id);
    const answer = expectStatus(await world.api.send('GET', `/predictions/${id}/manifest`), 200);
    const hash = createHash('sha256').update(answer.text).digest('hex');
    expect(settlement?.manifestHash).toBe(hash);
    expect(answer.json).toMatchObject({
      ...{ outcome: 'void', effectiveAt: null, keptLots: 0 },
      totals: { paid: '0', refunded: '2000', fees: '0', dust: '0', burned: '0' },
      lots: [{ voided: true, net: '1000' }, { net: '500' }, { net: '500', fee: '0' }],
    });
  });
});
