// What the relay of this process has found of a channel, as operators are told (DESIGN 6, /admin/channels).
import { z } from 'zod';
import type { BreakerHealth } from '../../relay/channels/circuit-breaker';
import { presentOptionalTime, presentTime, timeAnswer } from '../schemas';

export const healthAnswer = z
  .object({
    state: z.enum(['closed', 'open', 'half_open']).meta({
      description:
        'closed: in use. open: taken out, and tried only when nothing else answers. half_open: the next call that ' +
        'would use it is sent as a probe, one at a time.',
    }),
    since: timeAnswer.meta({ description: 'Of this state.' }),
    consecutiveFailures: z.int(),
    lastFailure: z
      .object({
        at: timeAnswer,
        kind: z.enum(['connect', 'timeout', 'status', 'cut', 'protocol']),
        message: z.string().meta({ description: 'Without keys and addresses.' }),
      })
      .nullable(),
    lastSuccessAt: timeAnswer.nullable(),
    retryAt: timeAnswer
      .nullable()
      .meta({ description: 'From when on a probe is let through; null: it is in use.' }),
  })
  .meta({ id: 'ChannelHealth' });

export function presentHealth(health: BreakerHealth): z.input<typeof healthAnswer> {
  const { state, since, consecutiveFailures, lastFailure, lastSuccessAt, retryAt } = health;
  return {
    state,
    since: presentTime(since),
    consecutiveFailures,
    lastFailure: lastFailure && { ...lastFailure, at: presentTime(lastFailure.at) },
    lastSuccessAt: presentOptionalTime(lastSuccessAt),
    retryAt: presentOptionalTime(retryAt),
  };
}
