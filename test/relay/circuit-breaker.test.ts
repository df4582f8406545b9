import fc from 'fast-check';
import {
  CircuitBreaker,
  longestOpenMs,
  shortestOpenMs,
  silentMs,
  type Attempt,
} from '../../relay/channels/circuit-breaker';
import { UpstreamError, type UpstreamErrorFields } from '../../relay/upstream/upstream-error';

let now: number;
let told: string[];
let breaker: CircuitBreaker;

function createBreaker(random = () => 0): CircuitBreaker {
  now = 1_000_000;
  told = [];
  return new CircuitBreaker({
    now: () => now,
    random,
    onOpen: () => told.push('open'),
    onClose: () => told.push('close'),
  });
}

beforeEach(() => {
  breaker = createBreaker();
});

function failure(over: Partial<UpstreamErrorFields> = {}): UpstreamError {
  return new UpstreamError({
    kind: 'connect',
    message: 'it cannot be reached',
    retryable: true,
    accepted: false,
    ...over,
  });
}

const answered = (status: number, over: Partial<UpstreamErrorFields> = {}) =>
  failure({ kind: 'status', message: `it answered ${status}`, status, ...over });
const leftByClient = failure({ kind: 'aborted', retryable: false });

function admit(): Attempt {
  const attempt = breaker.admit();
  if (!attempt) throw new Error('it was not let through');
  return attempt;
}

function call(error?: unknown): void {
  admit().end(error);
}

function fail(times: number, error: unknown = failure()): void {
  for (let i = 0; i < times; i++) call(error);
}

const state = () => breaker.health().state;

/** How long it stays open from now on. */
const openMs = () => (breaker.health().retryAt ?? NaN) - now;

describe('closed', () => {
  it('opens at the third failure in a row, and says so once', () => {
    fail(2);
    expect(state()).toBe('closed');
    fail(1);
    expect(breaker.health()).toEqual({
      state: 'open',
      since: now,
      consecutiveFailures: 3,
      lastFailure: { at: now, kind: 'connect', message: 'it cannot be reached' },
      lastSuccessAt: null,
      retryAt: now + shortestOpenMs,
    });
    expect(breaker.admit()).toBeNull();
    expect(told).toEqual(['open']);
  });

  it('does not open when a success comes between', () => {
    for (let i = 0; i < 6; i++) {
      fail(2);
      call();
    }
    expect(breaker.health()).toMatchObject({ state: 'closed', consecutiveFailures: 0 });
  });

  it('opens when half of twenty calls fail, none of them thrice in a row', () => {
    for (let i = 0; i < 9; i++) {
      fail(1);
      call();
    }
    expect(state()).toBe('closed');
    call();
    fail(1);
    expect(state()).toBe('open');
  });

  it('forgets failures of long ago when it counts their share', () => {
    for (let i = 0; i < 40; i++) {
      fail(1);
      call();
      now += 2_100;
    }
    expect(state()).toBe('closed');
  });

  it('lets any number through at once', () => {
    const attempts = Array.from({ length: 100 }, admit);
    expect(attempts).toHaveLength(100);
  });
});

describe.each<[string, unknown]>([
  ['no connection', failure()],
  ['no first byte in time', failure({ kind: 'timeout' })],
  ['500', answered(500)],
  ['a key that is not taken', answered(401)],
  ['a key without the right', answered(403)],
  ['429 without a time', answered(429)],
  ['what is no JSON', failure({ kind: 'protocol', retryable: false, accepted: true })],
  ['an answer that breaks off', failure({ kind: 'cut', retryable: false, accepted: true })],
])('%s', (_what, error) => {
  it('is a failure', () => {
    fail(3, error);
    expect(state()).toBe('open');
  });
});

describe.each([400, 413, 415, 422])('a request at fault (%i)', (status) => {
  it('is a success', () => {
    fail(2);
    fail(3, answered(status, { retryable: false }));
    expect(breaker.health()).toMatchObject({ consecutiveFailures: 0, lastSuccessAt: now });
  });
});

describe.each<[string, unknown]>([
  ['a call that we ended', leftByClient],
  ['an endpoint or a model that it lacks (404)', answered(404)],
  ['the same as 405', answered(405)],
  ['the same as 501', answered(501)],
  ['a fault of our own', new TypeError('ours')],
])('%s', (_what, error) => {
  it('says nothing', () => {
    fail(2);
    fail(5, error);
    expect(breaker.health()).toMatchObject({ state: 'closed', consecutiveFailures: 2 });
  });

  it('gives the place of the probe to another', () => {
    fail(3);
    now += shortestOpenMs;
    const probe = admit();
    expect(breaker.admit()).toBeNull();
    probe.end(error);
    expect(state()).toBe('half_open');
    call();
    expect(state()).toBe('closed');
  });
});

describe('429 with Retry-After', () => {
  it('opens for as long as it asks, at once', () => {
    call(answered(429, { retryAfterSeconds: 7 }));
    expect(openMs()).toBe(7_000);
  });

  it('opens for no longer than a breaker may be open', () => {
    call(answered(429, { retryAfterSeconds: 86_400 }));
    expect(openMs()).toBe(longestOpenMs);
  });

  it('does not make the back-off grow', () => {
    for (let i = 0; i < 5; i++) {
      call(answered(429, { retryAfterSeconds: 2 }));
      now += 2_000;
    }
    fail(1);
    expect(openMs()).toBe(shortestOpenMs);
  });

  it('is not cut short by a call that was forced', () => {
    call(answered(429, { retryAfterSeconds: 60 }));
    now += 1_000;
    breaker.force().end(failure());
    expect(openMs()).toBe(59_000);
  });
});

describe('open', () => {
  beforeEach(() => fail(3));

  it('lets one probe through after its back-off, whose success closes it', () => {
    now += shortestOpenMs - 1;
    expect(breaker.admit()).toBeNull();
    now += 1;
    expect(breaker.health()).toMatchObject({ state: 'half_open', since: now });
    const probe = admit();
    expect(breaker.admit()).toBeNull();
    now += 100;
    probe.end();
    expect(breaker.health()).toEqual({
      state: 'closed',
      since: now,
      consecutiveFailures: 0,
      lastFailure: { at: 1_000_000, kind: 'connect', message: 'it cannot be reached' },
      lastSuccessAt: now,
      retryAt: null,
    });
    expect(told).toEqual(['open', 'close']);
  });

  it('stays open twice as long after each probe that fails, up to a limit, and says so no more', () => {
    const seen = [openMs()];
    for (let i = 0; i < 6; i++) {
      now += openMs();
      fail(1);
      seen.push(openMs());
    }
    expect(seen).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 120_000, 120_000]);
    expect(told).toEqual(['open']);
  });

  it('goes on where the back-off was when it fails again soon after it was closed, else anew', () => {
    now += openMs();
    call();
    fail(3);
    expect(openMs()).toBe(10_000);
    now += openMs();
    call();
    now += longestOpenMs;
    fail(3);
    expect(openMs()).toBe(shortestOpenMs);
  });

  it('closes by the success of a call that was forced; its failure puts the probe off, no longer than before', () => {
    now += 1_000;
    breaker.force().end(failure());
    expect(openMs()).toBe(shortestOpenMs);
    breaker.force().end();
    expect(state()).toBe('closed');
  });

  it('ends an attempt once', () => {
    now += shortestOpenMs;
    const probe = admit();
    probe.end(failure());
    probe.end();
    expect(state()).toBe('open');
  });
});

it('takes a channel for mended whose probe has been answering for a while', () => {
  fail(3);
  now += shortestOpenMs;
  const probe = admit();
  probe.answered();
  now += 14_999;
  expect(breaker.admit()).toBeNull();
  now += 1;
  expect(breaker.admit()).not.toBeNull();
  expect(told).toEqual(['open', 'close']);
});

describe('a call from before the breaker opened', () => {
  it('neither closes it by its success nor opens it again by its failure', () => {
    const [good, ...bad] = Array.from({ length: 5 }, admit);
    fail(3);
    good?.end();
    expect(breaker.health()).toMatchObject({ state: 'open', lastSuccessAt: now });
    now += shortestOpenMs;
    call();
    for (const attempt of bad) attempt.end(failure({ kind: 'timeout' }));
    expect(breaker.health()).toMatchObject({
      state: 'closed',
      consecutiveFailures: 0,
      lastFailure: { kind: 'timeout' },
    });
  });
});

it('shortens the back-off by chance, by a fifth at most', () => {
  breaker = createBreaker(() => 0.999_999);
  fail(3);
  expect(openMs()).toBeGreaterThanOrEqual(0.8 * shortestOpenMs);
  expect(openMs()).toBeLessThan(0.801 * shortestOpenMs);
});

type Step =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'admit' | 'force' }
  | { readonly do: 'answer'; readonly which: number }
  | { readonly do: 'end'; readonly which: number; readonly how: number };

const endings: readonly unknown[] = [
  undefined,
  failure(),
  failure({ kind: 'timeout' }),
  answered(429, { retryAfterSeconds: 3_600 }),
  answered(400, { retryable: false }),
  leftByClient,
  new TypeError('ours'),
];

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 60_000 }) }),
    fc.record({ do: fc.constant('admit' as const) }),
    fc.record({ do: fc.constant('admit' as const) }),
    fc.record({ do: fc.constant('force' as const) }),
    fc.record({ do: fc.constant('answer' as const), which: fc.nat() }),
    fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(),
      how: fc.nat({ max: endings.length - 1 }),
    }),
  ),
  { maxLength: 200 },
);

/** Takes the steps; `underWay` are the calls that have not ended, `probes` those of them that were let through alone. */
function take(sequence: readonly Step[], check: (probes: ReadonlySet<Attempt>) => void): void {
  const underWay: Attempt[] = [];
  const probes = new Set<Attempt>();
  for (const step of sequence) {
    const before = state();
    if (step.do === 'wait') now += step.ms;
    if (step.do === 'force') underWay.push(breaker.force());
    if (step.do === 'admit') {
      const attempt = breaker.admit();
      // Unless three may wait in vain.
      expect(before !== 'closed' || attempt !== null || underWay.length >= 3).toBe(true);
      expect(before !== 'open' || attempt === null).toBe(true);
      if (attempt) underWay.push(attempt);
      if (attempt && before === 'half_open') probes.add(attempt);
    }
    const chosen = 'which' in step ? underWay[step.which % underWay.length] : undefined;
    if (step.do === 'answer') chosen?.answered();
    if (step.do === 'end' && chosen) {
      chosen.end(endings[step.how]);
      underWay.splice(underWay.indexOf(chosen), 1);
      probes.delete(chosen);
    }
    // Whatever was a probe is an ordinary call once the breaker is closed.
    if (state() === 'closed') probes.clear();
    check(probes);
  }
  for (const attempt of underWay) attempt.end(leftByClient);
}

it('whatever happens: one probe at most, a closed one lets all through, and an open one gets its chance', () => {
  fc.assert(
    fc.property(steps, fc.double({ min: 0, max: 0.999, noNaN: true }), (sequence, random) => {
      breaker = createBreaker(() => random);
      take(sequence, (probes) => {
        expect(probes.size).toBeLessThanOrEqual(1);
        const { state: is, retryAt } = breaker.health();
        expect(is === 'closed').toBe(retryAt === null);
        expect((retryAt ?? now) - now).toBeLessThanOrEqual(longestOpenMs);
      });
      now += longestOpenMs;
      breaker.force().end();
      expect(state()).toBe('closed');
      expect(told).toEqual(told.map((_, i) => (i % 2 === 0 ? 'open' : 'close')));
    }),
    { numRuns: 500 },
  );
});

describe('an upstream that says nothing', () => {
  const wait = (calls: number) => Array.from({ length: calls }, admit);

  it('gets no more calls once three have waited for long, though none has failed', () => {
    wait(3);
    now += silentMs - 1;
    admit();
    now += 1;
    expect(breaker.admit()).toBeNull();
    expect(breaker.dueAt).toBe(Infinity);
    expect(state()).toBe('closed');
    // Where there is no other.
    expect(breaker.force()).toBeDefined();
  });

  it('gets them again as soon as it has answered one, or fewer wait', () => {
    const [first, second] = wait(3);
    now += silentMs;
    first?.answered();
    admit();
    now += silentMs;
    // Two from before, and one from after, it was heard.
    admit();
    second?.end(leftByClient);
    wait(1);
    expect(state()).toBe('closed');
  });

  it('is not one that thinks for long but answers others', () => {
    wait(50);
    for (let i = 0; i < 10; i++) {
      now += silentMs / 2;
      const other = admit();
      other.answered();
      other.end();
    }
    expect(breaker.admit()).not.toBeNull();
  });
});
