// A circuit breaker (DESIGN 2.2 "Upstreams"): takes a channel out that keeps failing, and lets it come back by itself.
// Closed: every call goes. Open: none does until a back-off has passed. Half open: one call at a time, the probe; its
// success closes the breaker, its failure opens it for longer. It has no timer: its state follows from the clock.
import { FailureShare } from './failure-share';
import { verdictOf, type ChannelFailure, type Verdict } from './verdict';

/**
 * Breakers that refuse calls wait for five (Envoy's `consecutive_5xx`). This one refuses none, an open channel only comes
 * last, while each failure may cost a caller the whole timeout of the first byte.
 */
const maxConsecutiveFailures = 3;
/** As Hystrix has it: half of at least twenty calls. For a channel that answers now and then. */
const maxFailureShare = 0.5;
const minCallsOfShare = 20;
const sharePeriodMs = 10_000;
/** How long it is open at first; doubles with each opening after a probe that failed. */
export const shortestOpenMs = 5_000;
/** A probe is somebody's call, and against a hanging channel it waits in vain: not more often than so. */
export const longestOpenMs = 120_000;
/** Of the back-off: so that processes which opened together do not probe together. */
const jitterShare = 0.2;
/** Closed for less, it was not well: the next opening goes on where the back-off was. */
const steadyMs = longestOpenMs;
/** A probe's answer may go on for minutes: when it has for so long, the channel is taken for mended. */
const trialMs = 15_000;
/**
 * As many calls as failures would open it have waited so long, and none was answered meanwhile: until one is, new ones need
 * not wait with them. Nothing has failed yet, for a model may think for minutes.
 */
export const silentMs = 15_000;

export type BreakerState = 'closed' | 'open' | 'half_open';

/** Times are those of the breaker's clock, in milliseconds since 1970. */
export interface BreakerHealth {
  readonly state: BreakerState;
  readonly since: number;
  readonly consecutiveFailures: number;
  readonly lastFailure: {
    readonly at: number;
    readonly kind: ChannelFailure;
    readonly message: string;
  } | null;
  readonly lastSuccessAt: number | null;
  /** From when on a probe is let through; null when closed. */
  readonly retryAt: number | null;
}

export interface BreakerOptions {
  /** Milliseconds since 1970; should never go back. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Told when a closed one opens, not when a probe has failed. */
  readonly onOpen: (retryAt: number) => void;
  readonly onClose: () => void;
}

/** A call that was let through. Whoever has it ends it, however the call ends. */
export interface Attempt {
  /** The upstream has begun to answer. */
  answered(): void;
  /** Judges the channel, once, by what the call ended with; without an error it answered in full. */
  end(error?: unknown): void;
}

class BreakerAttempt implements Attempt {
  answeredAt = Infinity;
  private isEnded = false;

  constructor(
    private readonly breaker: CircuitBreaker,
    private readonly now: () => number,
    /** Which of the breaker's openings and closings it came after. */
    readonly era: number,
    readonly begunAt: number,
  ) {}

  answered(): void {
    this.answeredAt = this.now();
    this.breaker.hear(this, this.answeredAt);
  }

  end(error?: unknown): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.breaker.forget(this);
    this.breaker.judge(this, verdictOf(error));
  }
}

export class CircuitBreaker {
  /** null: closed. */
  private retryAt: number | null = null;
  /** When it was closed or, if it is not, opened last. */
  private turnedAt: number;
  /** Counts openings and closings: a call from before the last one says nothing of now. */
  private era = 0;
  /** Openings in a row, those after failed probes with them. */
  private openings = 0;
  private probe: BreakerAttempt | null = null;
  private consecutiveFailures = 0;
  private readonly share = new FailureShare(sharePeriodMs);
  private lastFailure: BreakerHealth['lastFailure'] = null;
  private lastSuccessAt: number | null = null;
  /** Calls that nothing was answered to yet, the oldest first. */
  private readonly waiting = new Set<BreakerAttempt>();
  private heardAt = -Infinity;

  constructor(private readonly options: BreakerOptions) {
    this.turnedAt = options.now();
  }

  /** Lets a call through, or not: null. */
  admit(): Attempt | null {
    const now = this.options.now();
    this.endLongTrial(now);
    if (this.retryAt === null) return this.isSilent(now) ? null : this.attempt(now);
    if (now < this.retryAt || this.probe) return null;
    this.probe = this.attempt(now);
    return this.probe;
  }

  /** Lets a call through that has nowhere else to go. Its success closes the breaker even if it is not the probe. */
  force(): Attempt {
    return this.admit() ?? this.attempt(this.options.now());
  }

  /** From when on a probe may go; Infinity while one is under way, or while calls wait in vain. */
  get dueAt(): number {
    return this.probe || this.isSilent(this.options.now()) ? Infinity : (this.retryAt ?? -Infinity);
  }

  health(): BreakerHealth {
    const now = this.options.now();
    this.endLongTrial(now);
    const { retryAt, turnedAt, consecutiveFailures, lastFailure, lastSuccessAt } = this;
    const isDue = retryAt !== null && now >= retryAt;
    return {
      state: retryAt === null ? 'closed' : isDue ? 'half_open' : 'open',
      since: isDue ? retryAt : turnedAt,
      consecutiveFailures,
      lastFailure,
      lastSuccessAt,
      retryAt,
    };
  }

  /** For attempts alone: the upstream has begun to answer it. */
  hear(attempt: BreakerAttempt, at: number): void {
    this.heardAt = at;
    this.waiting.delete(attempt);
  }

  /** For attempts alone: it has ended. */
  forget(attempt: BreakerAttempt): void {
    this.waiting.delete(attempt);
  }

  /** For attempts alone. */
  judge(attempt: BreakerAttempt, verdict: Verdict): void {
    const isProbe = this.probe === attempt;
    if (isProbe) this.probe = null;
    if (verdict.is === 'none') return;
    const now = this.options.now();
    const isFailure = verdict.is === 'failure';
    if (isFailure) this.lastFailure = { at: now, kind: verdict.kind, message: verdict.message };
    else this.lastSuccessAt = now;
    // Calls from before it opened go on failing when it has long closed again, or succeed though no new one would.
    if (attempt.era !== this.era) return;
    this.share.count(isFailure, now);
    if (!isFailure) {
      this.consecutiveFailures = 0;
      if (this.retryAt !== null) this.close(now);
      return;
    }
    this.consecutiveFailures += 1;
    if (verdict.waitMs !== null) this.open(now, Math.min(verdict.waitMs, longestOpenMs));
    else if (this.retryAt === null) this.openIfFailing(now);
    else this.openForLonger(now, this.retryAt, isProbe);
  }

  private attempt(now: number): BreakerAttempt {
    const attempt = new BreakerAttempt(this, this.options.now, this.era, now);
    this.waiting.add(attempt);
    return attempt;
  }

  private isSilent(now: number): boolean {
    let silent = 0;
    for (const { begunAt } of this.waiting) {
      if (now - begunAt < silentMs) return false;
      if (begunAt > this.heardAt && ++silent >= maxConsecutiveFailures) return true;
    }
    return false;
  }

  private openIfFailing(now: number): void {
    const isFailing =
      this.consecutiveFailures >= maxConsecutiveFailures ||
      this.share.reaches(maxFailureShare, minCallsOfShare);
    if (!isFailing) return;
    this.openings = now - this.turnedAt < steadyMs ? this.openings + 1 : 1;
    this.open(now, this.backOffMs());
  }

  /** Also the failure of a call that was forced puts the next chance off, so that such calls take the channels in turn. */
  private openForLonger(now: number, retryAt: number, isProbe: boolean): void {
    if (isProbe) this.openings += 1;
    this.open(now, Math.max(retryAt - now, this.backOffMs()));
  }

  private backOffMs(): number {
    const grown = shortestOpenMs * 2 ** Math.max(0, this.openings - 1);
    return Math.min(longestOpenMs, grown) * (1 - jitterShare * this.options.random());
  }

  private open(now: number, forMs: number): void {
    const wasClosed = this.retryAt === null;
    this.retryAt = now + forMs;
    this.turnedAt = now;
    if (!wasClosed) return;
    this.era += 1;
    this.options.onOpen(this.retryAt);
  }

  private close(now: number): void {
    this.retryAt = null;
    this.turnedAt = now;
    this.era += 1;
    this.probe = null;
    this.consecutiveFailures = 0;
    this.share.clear();
    this.options.onClose();
  }

  private endLongTrial(now: number): void {
    if (this.probe && now - this.probe.answeredAt >= trialMs) this.close(now);
  }
}
