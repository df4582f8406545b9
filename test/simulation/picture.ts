// All rows that matter as lines of text, as the database has them and as the model believes them to be, so that the
// two can be compared and a difference reads by itself.
import type { Knex } from 'knex';
import type { State } from './model/state';
import { words, type Line } from './picture-lines';
import { marginOf, marginSql } from './picture-of-margin';
import { predictionsOf, predictionsSql } from './picture-of-predictions';
import type { Observed } from './requests/request';

export type Picture = ReadonlyMap<string, string>;

const pictureSql = /* sql */ `
  select 'balance of ' || key as what, balance::text as value from accounts where balance <> 0
  union all
  select 'user ' || id, concat_ws(' ', role, case when frozen_at is null then 'free' else 'frozen' end, live_calls)
  from users
  union all
  select 'proposal ' || user_id, proposed_by::text from operator_proposals where proposed_by is not null
  union all
  select 'key ' || id, concat_ws(' ', coalesce(spend_cap::text, 'uncapped'), spent, reserved,
    case when revoked_at is null then 'good' else 'revoked' end)
  from api_keys
  union all
  select 'deposit ' || external_ref, concat_ws(' ', status, amount,
    coalesce(reversed_from_treasury, 0), coalesce(reversed_from_losses, 0))
  from deposits
  union all
  select 'redemption ' || id, concat_ws(' ', status, amount, coalesce(first_approver::text, '-'),
    coalesce(decided_by::text, '-'))
  from redemptions
  union all
  select 'records of ' || noun, sum(amount)::text from (
    select 'grants' as noun, amount from grants
    union all select 'bills', amount from upstream_payments
    union all select 'corrections', amount from cost_corrections) r
  group by noun
  union all
  select 'model ' || id, concat_ws(' ', current_version_id, access,
    case when flagged_at is null then 'good' else 'flagged' end)
  from models
  union all
  select 'channel ' || id, concat_ws(' ', name, base_url, case when enabled then 'on' else 'off' end,
    case when deleted_at is null then 'there' else 'deleted' end,
    case when key_sealed is null then 'no key' else 'key' end)
  from channels
  union all
  select 'offer ' || id, concat_ws(' ', coalesce(cost_input || ' ' || cost_output, 'no cost'),
    case when removed_at is null then 'there' else 'removed' end)
  from channel_models
  union all
  select 'parameter ' || name, version || ' ' || value::text from parameters
  union all
  select 'call ' || id, concat_ws(' ', status, reserved, coalesce(charge::text, '-'),
    coalesce(mined::text, '-'), coalesce(excess::text, '-'))
  from relay_calls
  union all
  select 'order ' || id, concat_ws(' ', owner_id, status, coalesce(reason, '-'),
    coalesce(price_ticks::text, '-'), coalesce(quantity_lots::text, '-'), filled_lots, maker_notional,
    taker_notional, fee_charged, hold, case when resting then 'rests' else 'does not rest' end,
    case when triggered_at is null then 'not set off' else 'set off' end,
    coalesce(replaces::text, '-'), maker_fee_bps, taker_fee_bps, band_bps)
  from orders
  union all
  select 'trade ' || id, concat_ws(' ', ticks, lots, taker_side, source, maker_order_id, taker_order_id, maker_fee, taker_fee)
  from trades
  union all
  select 'amendment ' || id, concat_ws(' ', order_id, result_id) from order_amendments
  union all
  select 'buyback ' || b.id, concat_ws(' ', b.number, b.status, b.revision, b.slices,
    coalesce(b.price_cap_ticks::text, '-'), b.burn_spent, b.burn_bought, b.prize_spent, b.prize_bought,
    coalesce(c.moved_to_cost::text, '-'))
  from buybacks b left join profit_closes c on c.id = b.id
  union all
  select 'observed start of ' || id, start_mark || ' ' || average_mark from buybacks where start_mark is not null
  union all
  select 'burn ' || seq, concat_ws(' ', kind, amount, source_ref) from burns
  union all
  select 'unstake ' || id, concat_ws(' ', user_id, amount, (extract(epoch from unlock_at) * 1000)::bigint,
    case when returned_at is null then 'waits' else 'returned' end)
  from unstakes
  union all
  ${predictionsSql}
  union all
  ${marginSql}
  union all
  select 'mark', state ->> 'mark' from mark_state where state ->> 'mark' is not null
  union all
  select 'charged', charged::text from relay_totals
  union all
  select 'log of ' || action, count(*)::text from audit_log where request_id <> 'set-up' group by action
  union all
  select 'stored answers', count(*)::text from idempotency_keys
  union all
  select 'score of ' || user_id, sum(score)::text from war_scores group by user_id
  union all
  -- a round is opened by the first settlement that counts in it
  select 'outbox', count(*)::text from outbox where kind <> 'war.opened'`;

export async function readPicture(db: Knex): Promise<Picture> {
  const { rows } = await db.raw<{ rows: { what: string; value: string }[] }>(pictureSql);
  return new Map(rows.map(({ what, value }) => [what, value]));
}

function* peopleOf(state: State, idOf: (handle: string) => string): Iterable<Line> {
  for (const [id, { role, frozen, liveCalls, proposedBy }] of state.users) {
    yield [`user ${id}`, words(role, frozen ? 'frozen' : 'free', liveCalls)];
    if (proposedBy !== null) yield [`proposal ${id}`, proposedBy];
  }
  for (const [handle, { cap, spent, reserved, revoked }] of state.keys) {
    const value = words(cap ?? 'uncapped', spent, reserved, revoked ? 'revoked' : 'good');
    yield [`key ${idOf(handle)}`, value];
  }
}

function* creditsOf(state: State): Iterable<Line> {
  for (const [account, balance] of state.balances) {
    if (balance !== 0n) yield [`balance of ${account}`, String(balance)];
  }
  for (const [ref, { status, amount, fromTreasury, fromLosses }] of state.deposits) {
    yield [`deposit ${ref}`, words(status, amount, fromTreasury, fromLosses)];
  }
  for (const [id, { status, amount, firstApprover, decidedBy }] of state.redemptions) {
    yield [`redemption ${id}`, words(status, amount, firstApprover, decidedBy)];
  }
  for (const [noun, sum] of state.records) yield [`records of ${noun}`, String(sum)];
}

function* catalogOf(state: State, idOf: (handle: string) => string): Iterable<Line> {
  for (const [id, { versions, access, flagged }] of state.models) {
    yield [`model ${id}`, words(`${id}@${versions.length}`, access, flagged ? 'flagged' : 'good')];
  }
  for (const [handle, { name, origin, enabled, deleted, hasKey }] of state.channels) {
    const key = hasKey ? 'key' : 'no key';
    const value = words(name, origin, enabled ? 'on' : 'off', deleted ? 'deleted' : 'there', key);
    yield [`channel ${idOf(handle)}`, value];
  }
  for (const [key, { cost, removed }] of state.offers) {
    const [handle = '', modelId = ''] = key.split(' ');
    const costs = cost ? words(cost.input, cost.output) : 'no cost';
    yield [`offer ${idOf(handle)}/${modelId}`, words(costs, removed ? 'removed' : 'there')];
  }
  for (const [name, { value, version }] of state.parameters) {
    yield [`parameter ${name}`, words(version, toJsonb(value))];
  }
}

/** As PostgreSQL writes it. */
function toJsonb(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `"${name}": ${JSON.stringify(field)}`).join(', ')}}`;
}

function* callsOf(state: State): Iterable<Line> {
  for (const [id, { status, reserved, charge, mined, excess }] of state.calls) {
    yield [`call ${id}`, words(status, reserved, charge, mined, excess)];
  }
  const scores = new Map<string, bigint>();
  for (const { userId, charge } of state.calls.values()) {
    if (charge) scores.set(userId, (scores.get(userId) ?? 0n) + charge);
  }
  for (const [userId, score] of scores) yield [`score of ${userId}`, String(score)];
  yield ['charged', String(state.charged)];
}

/** 12 decimals, as much as the mark has. */
const markScale = 10n ** 12n;

/** Credits for one LCO times 10^12, rounded down. */
function readPrice(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole) * markScale + BigInt(fraction.slice(0, 12).padEnd(12, '0'));
}

/** What the model takes from the rows. */
export function observedIn(picture: Picture): Observed {
  const mark = picture.get('mark');
  return {
    mark: mark === undefined ? null : readPrice(mark),
    startOf(buybackId) {
      const [start, average] = picture.get(`observed start of ${buybackId}`)?.split(' ') ?? [];
      if (start === undefined || average === undefined) return null;
      return { mark: readPrice(start), average: readPrice(average) };
    },
  };
}

function markText(mark: bigint): string {
  const fraction = String(mark % markScale)
    .padStart(12, '0')
    .replace(/0+$/, '');
  const whole = String(mark / markScale);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

function* marketOf(state: State): Iterable<Line> {
  for (const order of state.orders) {
    const { userId, status, reason, price, lots, filled, made, taken, fee, hold } = order;
    const rests = order.rests ? 'rests' : 'does not rest';
    const isSetOff = order.isSetOff ? 'set off' : 'not set off';
    const { replaces, makerBps, takerBps, bandBps } = order;
    const progress = [filled, made, taken, fee, hold, rests, isSetOff];
    yield [
      `order ${order.id}`,
      words(
        userId,
        status,
        reason,
        price,
        lots,
        ...progress,
        replaces,
        makerBps,
        takerBps,
        bandBps,
      ),
    ];
  }
  for (const [i, { ticks, lots, side, source, maker, taker, fees }] of state.trades.entries()) {
    const parties = [maker, taker, fees.maker, fees.taker];
    yield [`trade ${i + 1}`, words(ticks, lots, side, source, ...parties)];
  }
  for (const [id, { orderId, resultId }] of state.amendments) {
    yield [`amendment ${id}`, words(orderId, resultId)];
  }
  if (state.mark !== null) yield ['mark', markText(state.mark)];
}

function* buybacksOf(state: State): Iterable<Line> {
  for (const [i, run] of state.runs.entries()) {
    const { id, status, revision, slices, capTicks, spent, bought, movedToCost } = run;
    const burned = [spent.ecosystem_fund, bought.ecosystem_fund];
    const forPrizes = [spent.prize_fund, bought.prize_fund];
    yield [
      `buyback ${id}`,
      words(i + 1, status, revision, slices, capTicks, ...burned, ...forPrizes, movedToCost),
    ];
  }
}

function* stakingOf(state: State): Iterable<Line> {
  for (const [id, { userId, amount, unlockAt, returned }] of state.unstakes) {
    yield [`unstake ${id}`, words(userId, amount, unlockAt, returned ? 'returned' : 'waits')];
  }
}

function* burnsOf(state: State): Iterable<Line> {
  for (const [i, { kind, amount, source }] of state.burns.entries()) {
    yield [`burn ${i}`, words(kind, amount, source)];
  }
}

/** Of how much the workers have to hear. */
function toldOf({ redemptions, extraRuns, unstakes, markets, monitorsTold }: State): number {
  const disputes = [...markets.values()].filter(({ dispute }) => dispute).length;
  return redemptions.size + extraRuns + unstakes.size + markets.size + disputes + monitorsTold;
}

/** What the database would show if the model were right; `idOf` knows the ids that the product made. */
export function pictureOf(state: State, idOf: (handle: string) => string): Picture {
  return new Map([
    ...peopleOf(state, idOf),
    ...creditsOf(state),
    ...catalogOf(state, idOf),
    ...callsOf(state),
    ...marketOf(state),
    ...buybacksOf(state),
    ...burnsOf(state),
    ...stakingOf(state),
    ...predictionsOf(state),
    ...marginOf(state),
    ...[...state.log].map(([action, times]): Line => [`log of ${action}`, String(times)]),
    ['stored answers', String(state.answers.size)],
    ['outbox', String(toldOf(state))],
  ]);
}

/** What the two say differently, in words. */
export function differences(database: Picture, model: Picture): string[] {
  const all = new Set([...database.keys(), ...model.keys()]);
  const compared = [...all].filter((what) => !what.startsWith('observed '));
  return compared.flatMap((what) => {
    const [is, should] = [database.get(what) ?? 'nothing', model.get(what) ?? 'nothing'];
    return is === should ? [] : [`${what} is ${is}, the model has ${should}`];
  });
}

/** Σ of all balances, which is zero for each asset. */
export function imbalances(picture: Picture): string[] {
  const sums = new Map<string, bigint>();
  for (const [what, value] of picture) {
    const asset = /^balance of .*\/(CREDIT|LCO)$/.exec(what)?.[1];
    if (asset) sums.set(asset, (sums.get(asset) ?? 0n) + BigInt(value));
  }
  return [...sums].flatMap(([asset, sum]) =>
    sum === 0n ? [] : [`the balances in ${asset} sum to ${sum}`],
  );
}
