// The settlement manifest of a market (DESIGN 2.8). It is made once, a page of lots at a time, from rows that no longer
// change, and kept in pieces of some hundred kilobytes: however long it is, nobody has it in memory as a whole, and to read
// it costs no more than to send it.
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { assert } from '../../domain/errors';
import { manifestFrame, manifestLot } from '../../domain/predictions/manifest';
import { lotColumns, lotIdsFrom, type LotRow } from './lot-rows';
import type { StoredMarket } from './market-views';
import { manifestSubjectOf } from './settle';
import { dustOf } from './settlement-rows';

const lotsAtOnce = 500;

/** A market's lots in their order, a page at a time; `count` of them are committed. */
async function* readLots(
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
async function* makeManifest(
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

/**
 * Makes and keeps the text; returns its SHA-256, in UTF-8. Written again it is the same: whoever is killed meanwhile, or
 * does it beside another, spoils nothing.
 */
export async function keepManifest(db: Knex, stored: StoredMarket): Promise<Buffer> {
  const hash = createHash('sha256');
  let part = 0;
  for await (const text of makeManifest(db, stored)) {
    hash.update(text);
    await db('prediction_manifests')
      .insert({ market_id: stored.market.id, part, text })
      .onConflict(['market_id', 'part'])
      .merge();
    part++;
  }
  return hash.digest();
}

/** What was kept, in pieces. */
export async function* readManifest(db: Knex, marketId: string): AsyncGenerator<string> {
  for (let part = 0; ; part++) {
    const row = (await db('prediction_manifests')
      .select('text')
      .where({ market_id: marketId, part })
      .first()) as { text: string } | undefined;
    if (!row) return;
    yield row.text;
  }
}
