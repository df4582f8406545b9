// What anybody may check (whitepaper 3.2 and 6.3, DESIGN 2.12): the supply of LCO, the Credits outstanding and who
// holds them, and the journal's head, each read in one snapshot; and the supply of the days before.
import type { Knex } from 'knex';
import { epochOf, maxSupply } from '../domain/mining';

/** Base units. */
export interface Supply {
  readonly minted: bigint;
  readonly burned: bigint;
  readonly circulating: bigint;
  /** Of what circulates. */
  readonly staked: bigint;
  /** All there will ever be. */
  readonly maximum: bigint;
  readonly charged: bigint;
  readonly epoch: number;
}

/** Base units of LCO. */
export interface SupplyPoint {
  readonly at: number;
  readonly minted: bigint;
  readonly burned: bigint;
  readonly circulating: bigint;
}

/** Base units of CREDIT. */
export interface Reserves {
  /** Deposits - redemptions - reversals - bills paid. */
  readonly outstanding: bigint;
  /** What they have, what positions hold, and what the lending pools have, a seed of the treasury included. */
  readonly users: bigint;
  readonly platform: bigint;
  /** Owed to upstreams. */
  readonly payable: bigint;
  /** Reversals that nobody covered yet: zero or negative. */
  readonly losses: bigint;
}

export interface JournalHead {
  readonly sequence: bigint;
  readonly hash: Buffer;
  readonly at: number;
}

export interface Transparency {
  supply(): Promise<Supply>;
  /** At the end of each of the last days whose usage root is published, and now: the oldest first. */
  supplyHistory(days: number): Promise<readonly SupplyPoint[]>;
  reserves(): Promise<Reserves>;
  journalHead(): Promise<JournalHead>;
}

const supplySql = /* sql */ `
  select
    coalesce(-sum(balance) filter (where purpose = 'mint'), 0)::bigint as minted,
    coalesce(sum(balance) filter (where purpose = 'black_hole'), 0)::bigint as burned,
    (select coalesce(sum(balance), 0)::bigint from accounts
      where owner_kind = 'user' and purpose = 'staked' and asset = 'LCO') as staked,
    (select charged from relay_totals where id = 1) as charged
  from accounts
  where owner_kind = 'platform' and owner_id = 'l-exchange' and asset = 'LCO'
    and purpose in ('mint', 'black_hole')`;

// What was mined on a day stands in its usage root, what was burned in the burn log: two small tables, where the journal
// would have to be read whole.
const supplyHistorySql = /* sql */ `
  with moved as (
    select day, mined, 0 as burned, true as is_published from usage_roots
    union all
    select to_char(at at time zone 'utc', 'YYYY-MM-DD'), 0, amount, false from burns
  ), days as (
    select day, sum(sum(mined)) over (order by day) as minted, sum(sum(burned)) over (order by day) as burned,
      bool_or(is_published) as is_published
    from moved group by day
  )
  select (day::date + 1)::timestamp at time zone 'utc' as at, minted::bigint as minted, burned::bigint as burned
  from days where is_published order by day desc limit ?`;

const nowSql = 'select clock_timestamp() as now';

const reservesSql = /* sql */ `
  select
    coalesce(-sum(balance) filter (where purpose = 'reserve'), 0)::bigint as outstanding,
    coalesce(sum(balance) filter (where owner_kind not in ('platform', 'wars') or purpose = 'lending'), 0)::bigint as users,
    coalesce(sum(balance) filter (where owner_kind in ('platform', 'wars')
      and purpose not in ('reserve', 'losses', 'upstream_cost', 'lending')), 0)::bigint as platform,
    coalesce(sum(balance) filter (where purpose = 'upstream_cost'), 0)::bigint as payable,
    coalesce(sum(balance) filter (where purpose = 'losses'), 0)::bigint as losses
  from accounts where asset = 'CREDIT'`;

export function createTransparency(db: Knex): Transparency {
  async function selectOne<Row>(sql: string): Promise<Row> {
    const { rows } = await db.raw<{ rows: Row[] }>(sql);
    return rows[0] as Row;
  }

  return {
    async supply() {
      const { minted, burned, staked, charged } =
        await selectOne<Omit<Supply, 'circulating' | 'maximum' | 'epoch'>>(supplySql);
      return {
        minted,
        burned,
        circulating: minted - burned,
        staked,
        maximum: maxSupply,
        charged,
        epoch: epochOf(charged),
      };
    },

    async supplyHistory(days) {
      const { rows } = await db.raw<{ rows: Omit<SupplyPoint, 'circulating'>[] }>(
        supplyHistorySql,
        [days],
      );
      const { minted, burned } = await selectOne<Supply>(supplySql);
      const { now } = await selectOne<{ now: number }>(nowSql);
      return [...rows.toReversed(), { at: now, minted, burned }].map((point) => ({
        ...point,
        circulating: point.minted - point.burned,
      }));
    },

    reserves: () => selectOne<Reserves>(reservesSql),
    journalHead: () =>
      selectOne<JournalHead>(
        'select sequence, hash, journal_time as "at" from journal_head where id = 1',
      ),
  };
}
