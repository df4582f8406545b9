// The rows of prediction markets: the markets themselves, their pools, lots, positions and settlements.
import { figuresOf, otherOf, type Figures, type Market, type Side } from './model/betting';
import type { State } from './model/state';
import { words, type Line } from './picture-lines';

/** Of a moment, milliseconds since 1970. */
function ms(column: string): string {
  return `coalesce((extract(epoch from ${column}) * 1000)::bigint::text, '-')`;
}

function orDash(column: string): string {
  return `coalesce(${column}::text, '-')`;
}

export const predictionsSql = /* sql */ `
  select 'prediction ' || id, concat_ws(' ', proposer_id, status, revision, ${ms('expires_at')}, ${ms('closes_at')},
    ${orDash('reviewed_by')}, ${ms('opened_at')}, ${orDash('fee_bps')}, ${ms('locked_at')},
    ${orDash('proposed_outcome')}, ${ms('proposed_effective_at')}, ${orDash('resolved_by')}, ${ms('disputable_until')},
    ${orDash('disputed_by')}, ${orDash('bond')}, ${orDash('bond_fate')}, ${orDash('bond_burn_seq')},
    ${ms('ruling_until')}, ${orDash('ruled_by')}, ${orDash('outcome')}, ${ms('effective_at')},
    ${orDash('void_cause')}, ${orDash('voided_by')})
  from prediction_markets
  union all
  select 'pool of ' || id, concat_ws(' ', seed, staked, yes_shares, no_shares, others_yes, others_no, volume, lots, holders)
  from prediction_pools
  union all
  select 'lot ' || id, concat_ws(' ', user_id, side, stake, shares, tier, ${ms('placed_at')}, staked_after, yes_after,
    no_after, others_yes_after, others_no_after, ${orDash('paid')}, ${orDash('fee')})
  from prediction_lots
  union all
  select 'position ' || id, concat_ws(' ', lots, staked, yes_shares, no_shares, ${ms('last_bet_at')})
  from prediction_positions
  union all
  select 'settlement of ' || id, concat_ws(' ', cut, staked, yes_shares, no_shares, others_yes, others_no, kept, lots,
    settled, paid, refunded, fees, ${orDash('dust')}, ${orDash('burn_seq')},
    case when manifest_hash is null then 'under way' else 'published' end)
  from prediction_settlements`;

function figuresText({ staked, shares, others }: Figures): string {
  return words(staked, shares.yes, shares.no, others.yes, others.no);
}

function marketText(market: Market): string {
  const { proposerId, status, revision, expiresAt, closesAt, proposed, dispute } = market;
  const { reviewedBy, openedAt, feeBps, lockedAt, ruledBy, final, voided } = market;
  const resolved = [proposed?.outcome, proposed?.effectiveAt, proposed?.by, proposed?.until];
  const disputed = [dispute?.userId, dispute?.bond, dispute?.fate, dispute?.burn, dispute?.until];
  const ended = [final?.outcome, final?.effectiveAt, voided?.cause, voided?.by];
  return words(
    ...[proposerId, status, revision, expiresAt, closesAt, reviewedBy, openedAt, feeBps, lockedAt],
    ...[...resolved, ...disputed, ruledBy, ...ended].map((part) => part ?? null),
  );
}

function* lotsOf(market: Market): Iterable<Line> {
  for (const [number, lot] of market.lots.entries()) {
    const { userId, side, stake, shares, level, at, paid, fee } = lot;
    const after = figuresText(figuresOf(market, number + 1));
    const value = words(userId, side, stake, shares, level, at, after, paid, fee);
    yield [`lot ${market.id}/${number}`, value];
  }
}

function* positionsOf({ id, lots }: Market): Iterable<Line> {
  for (const userId of new Set(lots.map((lot) => lot.userId))) {
    const own = lots.filter((lot) => lot.userId === userId);
    const sharesOn = (side: Side) =>
      own.reduce((sum, lot) => (lot.side === otherOf(side) ? sum : sum + lot.shares), 0n);
    const staked = own.reduce((sum, { stake }) => sum + stake, 0n);
    const last = own.at(-1)?.at ?? null;
    yield [
      `position ${id}/${userId}`,
      words(own.length, staked, sharesOn('yes'), sharesOn('no'), last),
    ];
  }
}

export function* predictionsOf({ markets }: State): Iterable<Line> {
  for (const market of markets.values()) {
    const { id, lots, settlement } = market;
    yield [`prediction ${id}`, marketText(market)];
    const figures = figuresOf(market);
    const seed = lots[0]?.stake ?? 0n;
    const holders = new Set(lots.map(({ userId }) => userId)).size;
    yield [
      `pool of ${id}`,
      words(seed, figuresText(figures), figures.staked - seed, lots.length, holders),
    ];
    yield* lotsOf(market);
    yield* positionsOf(market);
    if (!settlement) continue;
    const { cut, isVoid, sums } = settlement;
    const { paid = 0n, refunded = 0n, fees = 0n, dust = null, burn = null } = sums ?? {};
    const numbers = [isVoid ? 0 : cut, lots.length, sums ? lots.length : 0];
    yield [
      `settlement of ${id}`,
      words(
        ...[cut, figuresText(figuresOf(market, cut)), ...numbers, paid, refunded, fees, dust, burn],
        sums ? 'published' : 'under way',
      ),
    ];
  }
}
