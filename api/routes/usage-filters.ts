// What reads of usage have in common: which calls are meant, and how a file of them is called.
import { z } from 'zod';
import { dayOf } from '../../domain/utc-day';
import { id, time } from '../schemas';

export const filters = {
  model: z.string().min(1).max(200).optional(),
  keyId: id.optional(),
  endpoint: z.string().min(1).max(100).optional().meta({ example: 'chat/completions' }),
  from: time.optional().meta({ description: 'Calls that ended then or later.' }),
  to: time.optional().meta({ description: 'Calls that ended before.' }),
};

interface Times {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export function isInOrder({ from, to }: Times): boolean {
  return from === undefined || to === undefined || from < to;
}
/** What a query is told in which it is otherwise. */
export const inOrder = { path: ['from'], message: 'must be before `to`' };

/** As `usage-from-2026-11-01-before-2026-12-01.csv`. */
export function fileNameOf(noun: string, { from, to }: Times): string {
  const parts = [
    noun,
    from === undefined ? '' : `-from-${dayOf(from)}`,
    to === undefined ? '' : `-before-${dayOf(to)}`,
  ];
  return `${parts.join('')}.csv`;
}
