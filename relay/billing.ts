// The bill of one call (DESIGN 2.2): reserved before it goes upstream, then settled or released exactly once, whatever
// happens to the client, the upstream or the database in between.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Counter, Gauge, type Registry } from 'prom-client';
import { assert, DomainError, InvariantError, isRefusal } from '../domain/errors';
import type { Command, Origin } from '../ledger/command';
import type { Committer } from '../ledger/committer';
import type { Heartbeat } from '../services/calls/relay-processes';
import type { CallName } from '../services/calls/relay-calls';
import { releaseCall } from '../services/calls/relay-release';
import {
  reserveCall,
  type Reservation,
  type ReserveInput,
} from '../services/calls/relay-reservation';
import { submitVideo, type SubmittedVideo } from '../services/videos/video-commands';
import type { VideoRow } from '../services/videos/video-rows';
import type { WarsHinter } from '../services/wars/scoring';
import { settleCall, type Settlement, type SettleInput } from '../services/calls/relay-settlement';

/** What the call's handler knows when it ends. */
export type CallOutcome = Pick<
  SettleInput,
  'channelId' | 'usage' | 'tokenSource' | 'ending' | 'latencyMs' | 'ttftMs'
>;

export interface BilledCall {
  readonly reservation: Reservation;
  /** Aborted when this process may not go on: it is ending, or others will think it dead. */
  readonly signal: AbortSignal;
  /** Ends the upstream's work for a reason of the handler's own. */
  abort(): void;
  /**
   * Charges the call; resolves after the commit. A commit in doubt is asked for again, for a while, so that an answer
   * that was charged is also given.
   * @throws DomainError RESERVATION_ENDED (it was released meanwhile), ENGINE_UNAVAILABLE or OUTCOME_UNKNOWN; then the
   * call is ended in the background: settled when `isDelivered`, else released, for its caller got nothing.
   */
  settle(outcome: CallOutcome, isDelivered: boolean): Promise<Settlement>;
  /**
   * Hands the reservation over to the workflow of a video, which ends the call; resolves after the commit.
   * @throws DomainError as `settle` does; then the call is handed over in the background, for the upstream goes on with it
   */
  handOver(video: SubmittedVideo): Promise<VideoRow>;
  /** Gives everything back, unless the call was settled or released already; `ending` says why. Never throws. */
  release(ending: string): Promise<void>;
}

export interface Billing {
  /** @throws DomainError whatever `reserveCall` refuses, ENGINE_UNAVAILABLE */
  begin(input: Omit<ReserveInput, 'processId'>): Promise<BilledCall>;
  /** Takes no calls any more and ends the upstream's work for those under way. */
  endCalls(): void;
  /**
   * Waits `graceMs` for the calls under way, then ends them; resolves when all are settled or released, or when the
   * database does not answer: then others release them once this process' heart has stopped.
   */
  close(graceMs: number): Promise<void>;
}

export interface BillingOptions {
  readonly committer: Committer;
  readonly heartbeat: Heartbeat;
  /** The round of Compute Wars that settlements are expected to count in. */
  readonly warsHint: WarsHinter;
  readonly logger: Logger;
  readonly metrics: Registry;
}

const retryEveryMs = 1_000;
/** How long the caller of a call whose settlement is in doubt is kept waiting for it. */
const doubtTimeoutMs = 60_000;
/** How long calls that were ended may take to be settled before the process goes. */
const closeTimeoutMs = 10_000;

function isUnavailable(error: unknown): boolean {
  return isRefusal(error, 'OUTCOME_UNKNOWN') || isRefusal(error, 'ENGINE_UNAVAILABLE');
}

export function createBilling({
  committer,
  heartbeat,
  warsHint,
  logger,
  metrics,
}: BillingOptions): Billing {
  const open = new Set<AbortController>();
  let onIdle: () => void = () => undefined;
  let isClosing = false;
  let isGivenUp = false;
  new Gauge({
    name: 'lx_relay_calls_live',
    help: 'Calls that this process has reserved and not ended',
    registers: [metrics],
    collect() {
      this.set(open.size);
    },
  });
  const refusedSettlements = new Counter({
    name: 'lx_relay_settlements_refused_total',
    help: 'Calls whose reservation was gone when they were to be settled',
    registers: [metrics],
  });
  const excesses = new Counter({
    name: 'lx_relay_excess_total',
    help: 'Calls whose upstream used more than was reserved',
    registers: [metrics],
  });
  heartbeat.onLost(() => {
    logger.error('the heartbeat is lost: ending the calls under way');
    abortAll();
  });

  function abortAll(): void {
    for (const controller of open) controller.abort();
  }

  function end(controller: AbortController): void {
    open.delete(controller);
    if (open.size === 0) onIdle();
  }

  /** Whether no call is under way any more, at the latest after `timeoutMs`. */
  async function isIdleWithin(timeoutMs: number): Promise<boolean> {
    if (open.size === 0) return true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return open.size === 0;
  }

  function noteRefusedSettlement(callId: string, userId: string): void {
    refusedSettlements.inc();
    logger.error({ requestId: callId, userId }, 'a settlement came after its release');
  }

  /**
   * Tries until the reservation has ended, by this or by others. As long as our heart beats nobody else would end it,
   * so nothing but the end of the process gives up.
   */
  async function endInBackground<Input extends CallName, Result>(
    command: Command<Input, Result>,
    input: Input,
    controller: AbortController,
  ): Promise<void> {
    const { callId, userId } = input;
    while (!isGivenUp) {
      await sleep(retryEveryMs);
      try {
        await committer.submit(command, input, { actor: userId, requestId: callId });
        break;
      } catch (error) {
        if (isRefusal(error, 'RESERVATION_ENDED')) {
          // A call that was settled, by an attempt in doubt, is answered as such: this one was released.
          if (command.kind === settleCall.kind) noteRefusedSettlement(callId, userId);
          break;
        }
        logger.warn({ requestId: callId, err: error }, 'a call is still to be ended');
      }
    }
    end(controller);
  }

  /** Submits; once an attempt is in doubt, nothing but a certain answer or the end of patience ends the asking. */
  async function submitForCertain<Input, Result>(
    command: Command<Input, Result>,
    input: Input,
    origin: Origin,
  ): Promise<Result> {
    let doubt: DomainError | undefined;
    let untilMs = Infinity;
    for (;;) {
      try {
        return (await committer.submit(command, input, origin)).result;
      } catch (error) {
        if (!doubt && isRefusal(error, 'OUTCOME_UNKNOWN')) {
          doubt = error;
          untilMs = performance.now() + doubtTimeoutMs;
        }
        if (!doubt || !isUnavailable(error)) throw error;
        if (isGivenUp || performance.now() > untilMs) throw doubt;
        await sleep(retryEveryMs);
      }
    }
  }

  return {
    async begin(input) {
      if (isClosing || !heartbeat.isAlive()) {
        throw new DomainError('ENGINE_UNAVAILABLE', 'The relay is not taking calls at the moment.');
      }
      const controller = new AbortController();
      open.add(controller);
      const { callId, userId, keyId, modelId } = input;
      const name = { callId, userId, keyId };
      const origin = { actor: userId, requestId: callId };
      let reservation: Reservation;
      try {
        const full = { ...input, processId: heartbeat.processId };
        ({ result: reservation } = await committer.submit(reserveCall, full, origin));
      } catch (error) {
        // The commit may have happened: then nobody else knows of it.
        if (isRefusal(error, 'OUTCOME_UNKNOWN')) {
          const releasing = { ...name, ending: 'outcome_unknown' };
          void endInBackground(releaseCall, releasing, controller);
        } else {
          end(controller);
        }
        throw error;
      }

      let isEnding = false;
      return {
        reservation,
        signal: controller.signal,
        abort: () => controller.abort(),

        async settle(outcome, isDelivered) {
          assert(!isEnding, 'a call ends once');
          isEnding = true;
          const { channelId, usage, tokenSource, latencyMs, ttftMs } = outcome;
          // Named one by one: put together from two objects it would cost 8 µs.
          const settling = {
            callId,
            userId,
            keyId,
            modelId,
            priceVersionId: reservation.version.id,
            imoIdHint: reservation.imoId,
            wars: warsHint(),
            channelId,
            usage,
            tokenSource,
            ending: outcome.ending,
            latencyMs,
            ttftMs,
          };
          try {
            const result = await submitForCertain(settleCall, settling, origin);
            if (result.excess > 0n) {
              excesses.inc();
              logger.warn(
                { requestId: callId, modelId },
                'the upstream used more than was reserved',
              );
            }
            end(controller);
            return result;
          } catch (error) {
            if (isRefusal(error, 'RESERVATION_ENDED')) {
              noteRefusedSettlement(callId, userId);
              end(controller);
            } else if (isDelivered && !(error instanceof InvariantError)) {
              void endInBackground(settleCall, settling, controller);
            } else {
              // A fault of ours is ours to bear.
              const ending = isDelivered ? 'settlement_failed' : 'not_delivered';
              void endInBackground(releaseCall, { ...name, ending }, controller);
            }
            throw error;
          }
        },

        async handOver(video) {
          assert(!isEnding, 'a call ends once');
          isEnding = true;
          try {
            const row = await submitForCertain(submitVideo, { ...name, ...video }, origin);
            end(controller);
            return row;
          } catch (error) {
            logger.error(
              { requestId: callId, err: error, upstreamVideo: video.upstreamId },
              'a video was accepted and is not handed over yet',
            );
            if (isRefusal(error, 'RESERVATION_ENDED')) end(controller);
            else if (isUnavailable(error)) {
              void endInBackground(submitVideo, { ...name, ...video }, controller);
            } else {
              // A fault of ours is ours to bear.
              void endInBackground(releaseCall, { ...name, ending: 'not_delivered' }, controller);
            }
            throw error;
          }
        },

        async release(ending) {
          if (isEnding) return;
          isEnding = true;
          const releasing = { ...name, ending };
          try {
            await committer.submit(releaseCall, releasing, origin);
            end(controller);
          } catch (error) {
            if (isRefusal(error, 'RESERVATION_ENDED')) {
              end(controller);
              return;
            }
            logger.warn({ requestId: callId, err: error }, 'a call could not be released at once');
            void endInBackground(releaseCall, releasing, controller);
          }
        },
      };
    },

    endCalls() {
      isClosing = true;
      abortAll();
    },

    async close(graceMs) {
      await isIdleWithin(graceMs);
      isClosing = true;
      abortAll();
      if (await isIdleWithin(closeTimeoutMs)) return;
      isGivenUp = true;
      logger.error({ calls: open.size }, 'calls are left to be released by others');
    },
  };
}
