// Whether a start has a demo history to make, and from when on (DESIGN 7). Only an empty journal gets one: what follows
// it are real times, and the journal's never runs backwards.
import type { Knex } from 'knex';
import { hasCast } from './cast';
import { roundAt } from '../../domain/war-round';
import { historyMs } from './timeline';

const leastOfRoundMs = 3_600_000;

/** The demo user's Credits come last of all: where their deposit is, the history is whole. */
export const openingBalanceRef = 'demo-opening-balance';

/**
 * Milliseconds since 1970: about seven days ago on an empty journal; the journal's own time where a start was killed before
 * its history was whole; undefined where there is none to make.
 */
export async function historyStart(db: Knex, nowMs: number): Promise<number | undefined> {
  const head = await db('journal_head')
    .first<{ sequence: bigint; at: number } | undefined>({
      sequence: 'sequence',
      at: 'journal_time',
    })
    .where({ id: 1 });
  if (!head) return undefined;
  if (head.sequence === 0n) return beginningOf(nowMs);
  return !(await isWhole(db)) && (await hasCast(db)) ? head.at : undefined;
}

/** An hour at least of the round of Compute Wars in which it begins: that round has been played. */
export function beginningOf(nowMs: number): number {
  const from = nowMs - historyMs;
  return Math.min(from, roundAt(from, historyMs, null).endsAt - leastOfRoundMs);
}

async function isWhole(db: Knex): Promise<boolean> {
  return (
    (await db('deposits').first('id').where({ external_ref: openingBalanceRef })) !== undefined
  );
}
