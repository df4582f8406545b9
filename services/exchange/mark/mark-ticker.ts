// Ticks the mark once a second (DESIGN 2.4 and 3) from whichever process has the lock, and has the stops executed and the
// positions closed that a tick names.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { MarkSettings } from '../../../domain/exchange/mark-price';
import { InvariantError } from '../../../domain/errors';
import type { Committer } from '../../../ledger/committer';
import { tickMark, type Tick, type TriggeredStop } from './mark';
import { contendForMarkLock, type MarkLock } from './mark-lock';
import { executeTriggered } from '../execution/trigger';
import { closeTriggered } from '../../margin/close-position';
import type { TriggeredPosition } from '../../margin/crossings';

export interface MarkTickerOptions extends MarkSettings {
  readonly databaseUrl: string;
  readonly applicationName: string;
  readonly committer: Committer;
  readonly logger: Logger;
  readonly everyMs?: number;
}

export interface MarkTicker {
  /** Whether it is this process that ticks. */
  isTicking(): boolean;
  /** Ends with the tick and the stops that are under way, and lets another process go on. */
  close(): Promise<void>;
}

const origin = { actor: 'mark' };

class Ticker implements MarkTicker {
  private readonly lock: MarkLock;
  private readonly ending = new AbortController();
  private readonly running: Promise<void>;
  /** Stops and positions that were submitted and not answered for yet. */
  private readonly executing = new Map<string, Promise<boolean>>();
  private isFailing = false;

  constructor(private readonly options: MarkTickerOptions) {
    const { databaseUrl, applicationName, logger } = options;
    this.lock = contendForMarkLock({
      databaseUrl,
      applicationName,
      onChange: (isHeld) => logger.info(isHeld ? 'ticks the mark' : 'ticks the mark no longer'),
    });
    this.running = this.run();
  }

  isTicking(): boolean {
    return this.lock.isHeld();
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.running;
    await Promise.all(this.executing.values());
    await this.lock.close();
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    const { everyMs = 1_000 } = this.options;
    let dueAtMs = performance.now();
    while (!signal.aborted) {
      if (this.lock.isHeld() && (await this.tick())) continue;
      // Ticks that could not be in time are not made up for.
      dueAtMs = Math.max(dueAtMs + everyMs, performance.now());
      await sleep(dueAtMs - performance.now(), undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * Returns whether the next tick is due at once: when more stops wait than one takes, nobody's is to wait for the next
   * second behind them, as long as they can be executed at all.
   */
  private async tick(): Promise<boolean> {
    try {
      const result = await this.submitTick();
      const executions = result.waiting.map((stop) => this.execute(stop));
      // What a thin market leaves of them is named again by the next tick: they hurry nobody.
      for (const position of result.positions) void this.closePosition(position);
      this.note(undefined);
      if (result.hasMoreCrossed) return true;
      return result.hasMore && (await Promise.all(executions)).includes(true);
    } catch (error) {
      this.note(error);
      return false;
    }
  }

  /** A position that broke an invariant must not stop the mark, by which all others go. */
  private async submitTick(): Promise<Tick> {
    const { committer, logger, warmUpMs } = this.options;
    try {
      return (await committer.submit(tickMark, { warmUpMs }, origin)).result;
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      logger.error({ err: error }, 'the mark is ticked without fencing positions');
      const settings = { warmUpMs, leavesPositions: true };
      return (await committer.submit(tickMark, settings, origin)).result;
    }
  }

  /**
   * Each by itself: they share a batch, and one that fails keeps back no other. The next tick names it again. Resolves
   * with whether it was executed.
   */
  private execute(stop: TriggeredStop): Promise<boolean> {
    const { committer } = this.options;
    return this.once(stop.orderId, () => committer.submit(executeTriggered, stop, origin));
  }

  private closePosition(position: TriggeredPosition): Promise<boolean> {
    const { committer } = this.options;
    return this.once(position.positionId, () => committer.submit(closeTriggered, position, origin));
  }

  private once(id: string, submit: () => Promise<unknown>): Promise<boolean> {
    const underWay = this.executing.get(id);
    if (underWay) return underWay;
    const execution = submit().then(
      () => true,
      (error: unknown) => {
        this.options.logger.error(
          { err: error, id },
          'a stop, or a position that one closes, could not be executed',
        );
        return false;
      },
    );
    this.executing.set(
      id,
      execution.finally(() => this.executing.delete(id)),
    );
    return execution;
  }

  /** Tells when ticks begin to fail, and when they go through again. */
  private note(error: unknown): void {
    const isFailing = error !== undefined;
    if (isFailing === this.isFailing) return;
    this.isFailing = isFailing;
    if (isFailing) this.options.logger.error({ err: error }, 'the mark cannot be ticked');
    else this.options.logger.info('the mark is ticked again');
  }
}

/** Ticks the mark whenever no other process does, until it is closed. */
export function startMarkTicker(options: MarkTickerOptions): MarkTicker {
  return new Ticker(options);
}
