// The lives of prediction markets (DESIGN 2.8): what operators did is in their log and what became of a market is in the
// journal, as its row says; times follow from its windows, and nobody decided who had an interest.
import { parameterDefinitions } from '../../domain/parameter-registry';
import { bondOf, overturns } from '../../domain/predictions/market';
import { wordsOf } from '../../domain/predictions/search-words';
import { isoTime, optionalIsoTime } from '../../domain/time';
import type { MarketRow, PoolRow } from '../predictions/market-rows';
import { tagsOf } from '../predictions/market-views';
import { isoSql, sqlCheck } from './check';

/** What the log says of a market as it stood before somebody decided: time alone locks it. */
const wasSql = (at: string) => `case when ${at} < closes_at then 'open' else 'locked' end`;

const actsSql = /* sql */ `
  select id, 'prediction.approve' as action, reviewed_by as operator_id, opened_at as at, review_reason as reason,
    jsonb_build_object('feeBps', fee_bps, 'closesAt', ${isoSql('closes_at')}) as details
  from prediction_markets where opened_at is not null
  union all
  select id, 'prediction.reject', reviewed_by, ended_at, review_reason, '{}'
  from prediction_markets where status = 'rejected'
  union all
  select id, 'prediction.resolve', resolved_by, resolved_at, evidence, jsonb_build_object('outcome', proposed_outcome,
    'effectiveAt', ${isoSql('proposed_effective_at')}, 'was', ${wasSql('resolved_at')})
  from prediction_markets where resolved_at is not null
  union all
  select id, 'prediction.rule', ruled_by, ruled_at, ruling_reason,
    jsonb_build_object('outcome', outcome, 'effectiveAt', ${isoSql('effective_at')}, 'bond', bond_fate)
  from prediction_markets where ruled_at is not null
  union all
  select id, 'prediction.void', voided_by, voided_at, void_reason, jsonb_build_object('was',
    case when disputed_at is not null then 'disputed' when resolved_at is not null then 'resolution_proposed'
      else ${wasSql('voided_at')} end)
  from prediction_markets where voided_by is not null`;

const actsCheck = sqlCheck(
  'predictions: whatever an operator decided about a market is in the audit log, and nothing else is',
  /* sql */ `
  select format('%s of market %s was by %s at %s because "%s" with %s; the audit log says by %s at %s because "%s" with %s',
    action, subject_id, coalesce(d.operator_id::text, 'nobody'), coalesce(d.at::text, 'no time'), d.reason, d.details,
    coalesce(l.operator_id::text, 'nobody'), coalesce(l.at::text, 'no time'), l.reason, l.details) as finding
  from (select id::text as subject_id, action, operator_id, at, reason, details from (${actsSql}) a) d
  full join (select * from audit_log where action like 'prediction.%') l using (subject_id, action)
  where (d.operator_id, d.at, d.reason, d.details, 'prediction')
    is distinct from (l.operator_id, l.at, l.reason, l.details, l.subject_kind)`,
);

const msSql = (time: string) => `(extract(epoch from ${time}) * 1000)::bigint`;

const eventsSql = /* sql */ `
  select proposed_at as at, jsonb_build_object('type', 'prediction.proposed', 'id', id, 'termsHash',
    encode(sha256(convert_to(concat_ws(E'\\n', question, source, tags, rules), 'UTF8')), 'hex')) as event
  from prediction_markets
  union all
  select opened_at, jsonb_build_object('type', 'prediction.opened', 'id', id, 'closesAt', ${msSql('closes_at')},
    'feeBps', fee_bps)
  from prediction_markets where opened_at is not null
  union all
  select resolved_at, jsonb_build_object('type', 'prediction.resolution', 'id', id, 'outcome', proposed_outcome,
    'effectiveAt', ${msSql('proposed_effective_at')}, 'disputableUntil', ${msSql('disputable_until')})
  from prediction_markets where resolved_at is not null
  union all
  select disputed_at, jsonb_build_object('type', 'prediction.disputed', 'id', id, 'bond', bond::text,
    'rulingUntil', ${msSql('ruling_until')}, 'evidenceHash',
    encode(sha256(convert_to(dispute_evidence, 'UTF8')), 'hex'))
  from prediction_markets where disputed_at is not null
  union all
  select final_at, jsonb_build_object('type', 'prediction.final', 'id', id, 'outcome', outcome,
    'effectiveAt', ${msSql('effective_at')})
  from prediction_markets where final_at is not null
  union all
  select voided_at, jsonb_build_object('type', 'prediction.void', 'id', id, 'cause', void_cause)
  from prediction_markets where voided_at is not null
  union all
  select completed_at, jsonb_build_object('type', 'prediction.settled', 'id', id,
    'manifestHash', encode(manifest_hash, 'hex'))
  from prediction_settlements where completed_at is not null`;

/** The batches that told of something: the text of the others is not taken apart. */
const tellingSql = ['proposed', 'opened', 'resolution', 'disputed', 'final', 'void', 'settled']
  .map((what) => `'%"prediction.${what}"%'`)
  .join(', ');

const eventsCheck = sqlCheck(
  'predictions: the journal told of what became of each market, when its row says, with the same figures, and of nothing else',
  /* sql */ `
  with due as (${eventsSql}), told as (
    select b.journal_time as at, event.value::jsonb as event
    from journal_batches b
    cross join lateral json_array_elements(b.feed) as event
    where b.feed::text like any (array[${tellingSql}])
      and event.value ->> 'type' like 'prediction.%' and event.value ->> 'type' <> 'prediction.lot'
  )
  select case when t.event is null then format('a market says %s of %s, the journal did not tell so', d.event, d.at)
    else format('the journal told of %s at %s, no market says so', t.event, t.at) end as finding
  from due d full join told t on t.at = d.at and t.event = d.event
  where t.event is null or d.event is null`,
);

const fee = 'predictions.feeBps';
/** A change may be earlier or later in the millisecond of an approval: either value is right then. */
const feeSql = (than: '<' | '<=') => /* sql */ `
  coalesce((select h.value from parameter_history h where h.name = '${fee}' and h.changed_at ${than} m.opened_at
    order by h.version desc limit 1), '${parameterDefinitions[fee].default}')`;

const feesCheck = sqlCheck(
  'predictions: each market has the fee that was in force when it was approved',
  /* sql */ `
  select format('market %s has a fee of %s, when it was approved %s was in force', m.id, m.fee_bps, ${feeSql('<=')}) as finding
  from prediction_markets m
  where m.opened_at is not null and to_jsonb(m.fee_bps) not in (${feeSql('<=')}, ${feeSql('<')})`,
);

// After a resolution and a void nobody bets any more, and before an approval only the proposer has: who ever held a lot of
// a market did so when it was decided.
const interestsCheck = sqlCheck(
  'predictions: nobody decided who had proposed the market, held a lot of it, or had proposed the outcome; who disputed held one',
  /* sql */ `
  select format('market %s was %s by user %s, who %s', m.id, a.act, a.user_id,
    case when a.user_id = m.proposer_id then 'had proposed it' when h.id is not null then 'held lots of it'
      else 'had proposed the outcome' end) as finding
  from prediction_markets m
  cross join lateral (values
    ('reviewed', m.reviewed_by), ('resolved', m.resolved_by), ('ruled on', m.ruled_by), ('voided', m.voided_by)
  ) as a (act, user_id)
  left join prediction_positions h on h.id = m.id || '/' || a.user_id and a.act <> 'reviewed'
  where a.user_id = m.proposer_id or h.id is not null or (a.act in ('ruled on', 'voided') and a.user_id = m.resolved_by)
  union all
  select format('market %s was disputed by user %s, who held no lot of it', m.id, m.disputed_by)
  from prediction_markets m
  left join prediction_positions h on h.id = m.id || '/' || m.disputed_by
  where m.disputed_by is not null and h.id is null`,
);

export const predictionLifeChecks = [actsCheck, eventsCheck, feesCheck, interestsCheck];

function after(at: number, lengthMs: bigint): number {
  return at + Number(lengthMs);
}

/** From when on time alone decides about a market that nobody has decided about. */
function decidedAt(market: MarketRow): number {
  const { disputedAt, rulingUntil, disputableUntil, closesAt, autoVoidMs } = market;
  return (disputedAt === null ? disputableUntil : rulingUntil) ?? after(closesAt, autoVoidMs);
}

function* checkTimes(market: MarketRow): Iterable<string> {
  const { status, expiresAt, openedAt, closesAt, lockedAt, resolvedAt, disputedAt } = market;
  const { finalAt, ruledAt, voidedAt, voidCause, endedAt } = market;
  const at = optionalIsoTime;
  if (openedAt !== null && openedAt >= expiresAt) {
    yield `was approved at ${at(openedAt)}, it expired at ${at(expiresAt)}`;
  }
  if (status === 'expired' && (endedAt ?? 0) < expiresAt) {
    yield `expired at ${at(endedAt)}, before its time of ${at(expiresAt)}`;
  }
  const dueLock = Math.min(closesAt, resolvedAt ?? voidedAt ?? closesAt);
  if (lockedAt !== null && lockedAt !== dueLock) {
    yield `was locked at ${at(lockedAt)}, it should have been at ${at(dueLock)}`;
  }
  if (resolvedAt !== null) {
    if (resolvedAt < (openedAt ?? Infinity) || resolvedAt >= after(closesAt, market.autoVoidMs)) {
      yield `was resolved at ${at(resolvedAt)}, which was not the time for it`;
    }
    if (market.disputableUntil !== after(resolvedAt, market.disputeMs)) {
      yield `could be disputed until ${at(market.disputableUntil)}, its window says otherwise`;
    }
  }
  if (disputedAt !== null && disputedAt < (resolvedAt ?? Infinity)) {
    yield `was disputed at ${at(disputedAt)}, before it was resolved`;
  }
  if (disputedAt !== null && market.rulingUntil !== after(disputedAt, market.rulingMs)) {
    yield `could be ruled on until ${at(market.rulingUntil)}, its window says otherwise`;
  }
  const decided = decidedAt(market);
  if (finalAt !== null && (ruledAt === null ? finalAt < decided : ruledAt >= decided)) {
    yield `was final at ${at(finalAt)}, time alone decided it at ${at(decided)}`;
  }
  if (ruledAt !== null && ruledAt !== finalAt) {
    yield `was ruled on at ${at(ruledAt)} and final at ${at(finalAt)}`;
  }
  const isVoidInTime = {
    unresolved: () => (voidedAt ?? 0) >= decided,
    operator: () => (voidedAt ?? decided) < decided && (voidedAt ?? 0) >= (openedAt ?? Infinity),
    thin: () => (voidedAt ?? 0) >= (finalAt ?? Infinity),
  };
  if (voidCause !== null && !isVoidInTime[voidCause]()) {
    yield `was void (${voidCause}) at ${at(voidedAt)}, which was not the time for it`;
  }
}

/** What became of a bond, and of the outcome that was disputed with it, by the rule. */
function* checkOutcome(market: MarketRow, pool: PoolRow | undefined): Iterable<string> {
  const { proposedOutcome, proposedEffectiveAt, outcome, effectiveAt, ruledAt } = market;
  const proposed =
    proposedOutcome === null || proposedEffectiveAt === null
      ? undefined
      : { outcome: proposedOutcome, effectiveAt: proposedEffectiveAt };
  const final = outcome === null || effectiveAt === null ? undefined : { outcome, effectiveAt };
  const isOverturned = proposed && final && overturns(final, proposed);
  if (final && ruledAt === null && isOverturned !== false) {
    yield `is ${final.outcome} as of ${isoTime(final.effectiveAt)}, which nobody proposed or ruled`;
  }
  if (market.disputedAt === null) return;
  const isOver = final !== undefined || market.voidedAt !== null;
  const isLost = ruledAt !== null && isOverturned === false;
  const fate = isLost ? 'burned' : isOver ? 'returned' : 'held';
  if (market.bondFate !== fate) yield `has a bond that was ${market.bondFate}, by the rule ${fate}`;
  // No bet comes after a resolution: what is staked was so at the dispute.
  const bond = bondOf(pool?.staked ?? 0n);
  if (market.bond !== bond)
    yield `was disputed with ${market.bond} base units, the rule says ${bond}`;
}

/** What does not hold of a market's row by itself. */
export function* checkLife(market: MarketRow, pool: PoolRow | undefined): Iterable<string> {
  for (const wrong of checkTimes(market)) yield `market ${market.id} ${wrong}`;
  for (const wrong of checkOutcome(market, pool)) yield `market ${market.id} ${wrong}`;
  const words = wordsOf([market.question, ...tagsOf(market)].join(' ')).join(' ');
  if (market.words !== words) yield `market ${market.id} is found by "${market.words}"`;
}
