// The baseline of the prediction markets' benchmark: what one would write first and write well, one transaction per bet. It
// locks the market's row, checks the funds, prices the stake by the same formula, moves the LCO with double entries, keeps
// lot, position and pool, and commits. It has no hash chain, no feed and no levels.
import type { Pool, PoolClient } from 'pg';
import { placeBet, type PredictionSide } from '../domain/predictions/pool';

export interface NaiveBet {
  readonly id: string;
  readonly userId: string;
  readonly side: PredictionSide;
  readonly stake: bigint;
}

const schema = /* sql */ `
  create table if not exists naive_funds (
    user_id uuid primary key, available bigint not null check (available >= 0)) with (fillfactor = 70);
  create table if not exists naive_markets (
    id int primary key, staked bigint not null, yes bigint not null, no bigint not null, closes_at timestamptz not null);
  create table if not exists naive_lots (
    id uuid primary key, number bigint generated always as identity, market_id int not null, user_id uuid not null,
    side text not null, stake bigint not null, shares bigint not null, at timestamptz not null default now());
  create index if not exists naive_lots_order on naive_lots (market_id, at, number);
  create index if not exists naive_lots_of_user on naive_lots (user_id, market_id);
  create table if not exists naive_positions (
    market_id int not null, user_id uuid not null, yes bigint not null, no bigint not null,
    primary key (market_id, user_id));
  create table if not exists naive_entries (
    id bigint generated always as identity primary key, account text not null, amount bigint not null, bet_id uuid not null)`;

interface NaiveMarket {
  readonly staked: string;
  readonly yes: string;
  readonly no: string;
}

async function bet(client: PoolClient, { id, userId, side, stake }: NaiveBet): Promise<void> {
  await client.query('begin');
  const { rows } = await client.query<NaiveMarket>({
    name: 'market',
    text: `select staked, yes, no from naive_markets where id = 1 and closes_at > clock_timestamp() for update`,
  });
  const [row] = rows;
  if (!row) throw new Error('the market is closed');
  const before = { staked: BigInt(row.staked), yes: BigInt(row.yes), no: BigInt(row.no) };
  const { bet: bought, pool } = placeBet(before, side, stake);
  await client.query({
    name: 'funds',
    text: 'update naive_funds set available = available - $2 where user_id = $1',
    values: [userId, stake],
  });
  await client.query({
    name: 'pool',
    text: 'update naive_markets set staked = $1, yes = $2, no = $3 where id = 1',
    values: [pool.staked, pool.yes, pool.no],
  });
  await client.query({
    name: 'lot',
    text: 'insert into naive_lots (id, market_id, user_id, side, stake, shares) values ($1, 1, $2, $3, $4, $5)',
    values: [id, userId, side, stake, bought.shares],
  });
  await client.query({
    name: 'position',
    text: `insert into naive_positions as p values (1, $1, $2, $3)
      on conflict (market_id, user_id) do update set yes = p.yes + $2, no = p.no + $3`,
    values: [userId, side === 'yes' ? bought.shares : 0n, side === 'no' ? bought.shares : 0n],
  });
  await client.query({
    name: 'entries',
    text: 'insert into naive_entries (account, amount, bet_id) values ($1, $2, $4), ($5, $3, $4)',
    values: [userId, -stake, stake, id, 'pool'],
  });
  await client.query('commit');
}

export function createNaivePredictions(pool: Pool) {
  return {
    async fund(userIds: readonly string[], seed: bigint, shares: bigint): Promise<void> {
      await pool.query(schema);
      await pool.query(
        `insert into naive_funds select u, 1000000000000000 from unnest($1::uuid[]) u`,
        [[...userIds]],
      );
      await pool.query(
        `insert into naive_markets values (1, $1, $2, $2, now() + interval '1 day') on conflict do nothing`,
        [seed, shares],
      );
    },

    async bet(request: NaiveBet): Promise<void> {
      const client = await pool.connect();
      try {
        await bet(client, request);
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    },
  };
}
