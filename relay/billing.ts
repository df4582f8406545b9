// The bill of one call (DESIGN 2.2): reserved before it goes upstream, then settled or released exactly once, whatever
// happens to the client, the upstream or the database in between.
import type { Logger } from 'pino';
import { Counter, Gauge, type Registry } from 'prom-client';
import { DomainError } from '../domain/errors';
import type { Command } from '../ledger/command';
import type { Committer } from '../ledger/committer';
import type { Heartbeat } from '../services/calls/relay-processes';
import { releaseCall } from '../services/calls/relay-release';
import {
  reserveCall,
  type Reservation,
  type ReserveInput,
} from '../services/calls/relay-reservation';
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
   * Charges the call; resolves after the commit.
   * @throws DomainError RESERVATION_ENDED (it was released meanwhile), ENGINE_UNAVAILABLE or OUTCOME_UNKNOWN; then the
   * call is ended in the background: settled when `isDelivered`, else released, for its caller got nothing.
   */
  settle(outcome: CallOutcome, isDelivered: boolean): Promise<Settlement>;
  /** Gives everything back; `ending` says why. Never throws. */
  release(ending: string): Promise<void>;
}

export interface Billing {
  /** @throws DomainError whatever `reserveCall` refuses, ENGINE_UNAVAILABLE */
  begin(input: Omit<ReserveInput, 'processId'>): Promise<BilledCall>;
  /** Ends every call under way, and resolves when all are settled or released. */
  close(): Promise<void>;
}

export interface BillingOptions {
  readonly committer: Committer;
  readonly heartbeat: Heartbeat;
  readonly logger: Logger;
  readonly metrics: Registry;
}

const retryEveryMs = 1_000;

export function createBilling({ committer, heartbeat, logger, metrics }: BillingOptions): Billing {
  const open = new Set<AbortController>();
  const idle: (() => void)[] = [];
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
    for (const controller of open) controller.abort();
  });

  function end(controller: AbortController): void {
    open.delete(controller);
    if (open.size === 0) for (const resolve of idle.splice(0)) resolve();
  }

  /** Tries until the reservation has ended, by this or by others. */
  async function endInBackground<Input extends { callId: string }, Result>(
    command: Command<Input, Result>,
    input: Input,
    actor: string,
    controller: AbortController,
  ): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, retryEveryMs));
      try {
        await committer.submit(command, input, { actor, requestId: input.callId });
        break;
      } catch (error) {
        if (error instanceof DomainError && error.code === 'RESERVATION_ENDED') break;
        logger.warn({ requestId: input.callId, err: error }, 'a call is still to be ended');
        // What cannot beat is given up by others, who release it.
        if (!heartbeat.isAlive()) break;
      }
    }
    end(controller);
  }

  return {
    async begin(input) {
      if (!heartbeat.isAlive()) {
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
        if (error instanceof DomainError && error.code === 'OUTCOME_UNKNOWN') {
          void endInBackground(
            releaseCall,
            { ...name, ending: 'outcome_unknown' },
            userId,
            controller,
          );
        } else {
          end(controller);
        }
        throw error;
      }

      return {
        reservation,
        signal: controller.signal,
        abort: () => controller.abort(),

        async settle(outcome, isDelivered) {
          const settling = {
            ...name,
            ...outcome,
            modelId,
            priceVersionId: reservation.version.id,
          };
          try {
            const { result } = await committer.submit(settleCall, settling, origin);
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
            if (error instanceof DomainError && error.code === 'RESERVATION_ENDED') {
              refusedSettlements.inc();
              logger.error({ requestId: callId, userId }, 'a settlement came after its release');
              end(controller);
            } else if (isDelivered) {
              void endInBackground(settleCall, settling, userId, controller);
            } else {
              const ending = 'not_delivered';
              void endInBackground(releaseCall, { ...name, ending }, userId, controller);
            }
            throw error;
          }
        },

        async release(ending) {
          const releasing = { ...name, ending };
          try {
            await committer.submit(releaseCall, releasing, origin);
            end(controller);
          } catch (error) {
            if (error instanceof DomainError && error.code === 'RESERVATION_ENDED') {
              end(controller);
              return;
            }
            logger.warn({ requestId: callId, err: error }, 'a call could not be released at once');
            void endInBackground(releaseCall, releasing, userId, controller);
          }
        },
      };
    },

    async close() {
      for (const controller of open) controller.abort();
      if (open.size > 0) await new Promise<void>((resolve) => idle.push(resolve));
    },
  };
}
