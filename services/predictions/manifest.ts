// The settlement manifest of a market (DESIGN 2.8), made from committed rows a page of lots at a time: as long as it may be,
// it is never in memory as a whole.
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { assert } from '../../domain/errors';
import { manifestFrame, manifestLot } from '../../domain/predictions/manifest';
import { lotColumns, lotIdsFrom, type LotRow } from './lot-rows';
import type { StoredMarket } from './market-views';
import { manifestSubjectOf } from './settle';
import { dustOf } from './settlement-rows';

const lotsAtOnce = 1_000;

/** A market's lots in their order, a page at a time; `count` of them are committed. */
export async function* readLots(
  db: Knex,
  marketId: string,
  count: number,
): AsyncGenerator<readonly LotRow[]> {
  for (let from = 0; from < count; from += lotsAtOnce) {
    const ids = lotIdsFrom(marketId, from, Math.min(lotsAtOnce, count - from));
    const rows = (await db({ l: 'prediction_lots' })
      .select(lotColumns)
      .whereRaw('l.id = any(?::text[])', [ids])
      .orderBy('l.number')) as LotRow[];
    yield rows;
  }
}

/** The text, in pieces. Every lot is paid; dust is what they leave of the pool. */
export async function* manifestText(
  db: Knex,
  { market, settlement }: StoredMarket,
): AsyncGenerator<string> {
  assert(settlement && settlement.settled === settlement.lots, 'every lot is paid');
  const subject = manifestSubjectOf(market, settlement);
  const { paid, refunded, fees } = settlement;
  const totals = { paid, refunded, fees, dust: dustOf(settlement) };
  const [before, after] = manifestFrame(subject, totals);
  yield before;
  let separator = '';
  for await (const lots of readLots(db, market.id, settlement.lots)) {
    const texts = lots.map((lot) =>
      manifestLot(subject, { ...lot, byProposer: lot.userId === market.proposerId }),
    );
    yield `${separator}${texts.join(',')}`;
    separator = ',';
  }
  yield after;
}

/** SHA-256 of the text in UTF-8. */
export async function hashManifest(db: Knex, stored: StoredMarket): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of manifestText(db, stored)) hash.update(piece);
  return hash.digest();
}
