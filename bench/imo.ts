// The close of an IMO with very many subscribers (DESIGN 2.7): the rule alone, beside rounds of caps in decimals as one
// would write it first; and the whole close and the return of all locks through the committer, some hundred subscribers
// a commit, beside one subscriber a commit.
import { Decimal } from 'decimal.js';
import type { Knex } from 'knex';
import { allocateQuota, type WeightedLock } from '../domain/imo-allocation';
import { Committer } from '../ledger/committer';
import { openDatabase } from '../ledger/connection';
import { newId } from '../ledger/ids';
import { createImos } from '../services/imos/imos';
import { addPriceVersion } from '../services/catalog/price-changes';
import { projections } from '../services/projections';
import { terms } from '../test/catalog/support';
import { median, printTable } from './machine';
import { withBenchDatabase } from './postgres';

const modelId = 'bench';
const quota = 1_000_000_000_000n;
/** What the baseline is measured with: it takes as long for each of them. */
const oneByOne = 1_000;

export async function benchImo(subscribers: number, rounds: number): Promise<void> {
  benchRule(subscribers, rounds);
  console.log();
  await withBenchDatabase(async (databaseUrl) => {
    const db = openDatabase(databaseUrl, 'lx-bench-imo', 4);
    const committer = new Committer({
      databaseUrl,
      applicationName: 'lx-bench-imo-committer',
      projections,
    });
    try {
      await sellScarce(committer);
      const many = await measureClose(db, committer, subscribers);
      const single = await measureClose(db, committer, oneByOne, 1);
      printTable(
        ['what', 'subscribers', 'seconds', 'subscribers/s', 'ratio'],
        steps.flatMap((step) => {
          const [ours, theirs] = [many[step] / subscribers, single[step] / oneByOne];
          return [
            row(`${step}, 500 a commit`, subscribers, many[step], theirs / ours),
            row(`${step}, one a commit`, oneByOne, single[step], 1),
          ];
        }),
      );
    } finally {
      await committer.close();
      await db.destroy();
    }
  });
}

function row(what: string, subscribers: number, seconds: number, ratio: number): string[] {
  return [
    what,
    subscribers.toLocaleString('en'),
    seconds.toFixed(2),
    Math.round(subscribers / seconds).toLocaleString('en'),
    ratio.toFixed(1),
  ];
}

/** Locks as in life: few lock much. The same ones every time. */
function locksOf(count: number): WeightedLock[] {
  return Array.from({ length: count }, (_, i) => ({
    weight: 10n ** 8n * BigInt(Math.ceil(1e7 / (i + 10))) * (i % 4 === 0 ? 3n : 1n),
  }));
}

function benchRule(subscribers: number, rounds: number): void {
  const locks = locksOf(subscribers);
  const cap = quota / BigInt(subscribers) + 1n;
  const cases = [
    ['without a cap', null],
    ['with a cap that most reach', cap],
  ] as const;
  printTable(
    ['what', 'subscribers', 'median ms', 'ratio'],
    cases.flatMap(([what, capPerUser]) => {
      const plan = { quota, capPerUser, locks };
      requireSame(allocateQuota(plan), naiveAllocation(plan));
      const ours = time(rounds, () => allocateQuota(plan));
      const theirs = time(rounds, () => naiveAllocation(plan));
      const size = subscribers.toLocaleString('en');
      return [
        [`the rule, ${what}`, size, ours.toFixed(1), (theirs / ours).toFixed(1)],
        [`rounds in decimals, ${what}`, size, theirs.toFixed(1), '1.0'],
      ];
    }),
  );
}

function requireSame(ours: readonly bigint[], theirs: readonly bigint[]): void {
  if (ours.some((share, i) => share !== theirs[i])) throw new Error('the baseline differs');
}

function time(rounds: number, work: () => unknown): number {
  const ms: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const startedAt = performance.now();
    work();
    ms.push(performance.now() - startedAt);
  }
  return median(ms);
}

const Exact = Decimal.clone({ precision: 60 });

/** Word by word as the rule is told: shares, whoever reaches the cap, again with the rest; then the remainders. */
function naiveAllocation({
  quota: whole,
  capPerUser,
  locks,
}: Parameters<typeof allocateQuota>[0]): bigint[] {
  const cap = new Exact((capPerUser ?? whole).toString());
  const weights = locks.map(({ weight }) => new Exact(weight.toString()));
  const capped = new Set<number>();
  for (;;) {
    const rest = new Exact(whole.toString()).minus(cap.times(capped.size));
    const sum = weights.reduce(
      (total, w, i) => (capped.has(i) ? total : total.plus(w)),
      new Exact(0),
    );
    const shares = weights.map((w, i) => (capped.has(i) ? cap : rest.times(w).div(sum)));
    const news = shares.flatMap((share, i) => (!capped.has(i) && share.gte(cap) ? [i] : []));
    if (news.length === 0) return roundByRemainder(new Exact(whole.toString()), shares, capped);
    for (const i of news) capped.add(i);
  }
}

function roundByRemainder(
  whole: Decimal,
  shares: readonly Decimal[],
  capped: ReadonlySet<number>,
): bigint[] {
  const floors = shares.map((share) => share.floor());
  let left = floors.reduce((rest, share) => rest.minus(share), whole).toNumber();
  const byRemainder = shares
    .map((share, i) => ({ i, remainder: share.minus(share.floor()) }))
    .filter(({ i }) => !capped.has(i))
    .sort((a, b) => b.remainder.cmp(a.remainder) || a.i - b.i);
  const result = floors.map((share) => BigInt(share.toFixed()));
  for (const { i } of byRemainder) {
    if (left-- <= 0) break;
    result[i] = (result[i] ?? 0n) + 1n;
  }
  return result;
}

/** The model of the IMOs. */
async function sellScarce(committer: Committer): Promise<void> {
  const price = { ...terms(modelId), access: 'imo' as const };
  const nobody = { operatorId: null, reason: null, requestId: newId() };
  await committer.submit(addPriceVersion, { ...price, ...nobody }, { actor: 'bench' });
}

const steps = ['weigh', 'allocate', 'return locks'] as const;
type Seconds = Record<(typeof steps)[number], number>;

/** Seconds of each step of the close, and of the return of all locks once it is cancelled. */
async function measureClose(
  db: Knex,
  committer: Committer,
  subscribers: number,
  subscribersAtOnce?: number,
): Promise<Seconds> {
  const imoId = newId();
  const operatorId = newId();
  await fill(db, imoId, operatorId, subscribers);
  const imos = createImos({ db, committer, ...(subscribersAtOnce && { subscribersAtOnce }) });
  await imos.close(imoId);
  const weigh = await seconds(() => imos.weigh(imoId));
  const allocate = await seconds(() => imos.allocate(imoId));
  const { imo } = await imos.read(imoId);
  if (imo.allocatedQuota !== Number(quota)) throw new Error('the quota was not given out');
  const act = { operatorId, reason: 'bench', decisionKey: newId(), requestId: newId() };
  await imos.cancel({ imoId, ...act });
  const returned = await seconds(() => imos.returnLocks(imoId));
  if ((await imos.get(imoId)).openLocks !== 0) throw new Error('locks are left');
  return { weigh, allocate, 'return locks': returned };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

/**
 * An IMO whose window has ended, with so many subscribers as rows: more than the supply allows, for a level that may
 * subscribe takes 10,000 LCO of ten million. Their stakes are one entry each of a batch before the close.
 */
const fillSql = /* sql */ `
  with made as (
    insert into users (id, email, handle, password_hash)
    select md5(:imo::text || n)::uuid, :imo || n || '@example.com', right(:imo, 8) || '-' || n, 'none'
    from generate_series(1, :subscribers::int) n
    returning id, substr(handle, 10)::int as n
  ), batch as (
    update journal_head set sequence = sequence + 1, next_account_id = next_account_id + 2 * :subscribers::int
    returning sequence, next_account_id - 2 * :subscribers::int as first_id
  ), staked as (
    insert into accounts (id, owner_kind, owner_id, purpose, asset, balance, opened_in)
    select b.first_id + p.i * :subscribers::int + m.n - 1, 'user', m.id::text, p.purpose, 'LCO', p.lco * 100000000::bigint, b.sequence
    from made m, batch b, (values (0, 'staked', 50000), (1, 'imo', 1000)) as p (i, purpose, lco)
    returning id, purpose, balance, opened_in
  ), written as (
    insert into journal_entries (account_id, sequence, transfer, entry, amount, balance_after)
    select id, opened_in, 0, 0, balance, balance from staked where purpose = 'staked'
  ), closed as (
    insert into journal_batches (sequence, journal_time, previous_hash, hash)
    select sequence, now(), decode(repeat('00', 32), 'hex'), decode(repeat('01', 32), 'hex')
    from batch
  ), imo as (
    insert into imos (id, model_id, unit, quota, opens_at, closes_at, expires_at, weights, announced_at, status,
      revision, subscriptions, locked, weighted_locked, open_locks, weighed, participants, participants_locked,
      participants_weight, allocated, allocated_quota)
    select :imo, 'bench', 'tokens', :quota, now() - interval '1 hour', now() + interval '1 ms',
      now() + interval '1 hour', '{"Lv3":1,"Lv4":3,"Whale":3}', now() - interval '1 hour', 'announced', 1,
      :subscribers::int, 0, 0, :subscribers::int, 0, 0, 0, 0, 0, 0
  )
  insert into imo_subscriptions (id, imo_id, user_id, holder, locked, tier, subscribed_at, used, held)
  select :imo || '/' || id, :imo, id, id || '/bench', 100000000000, case when n % 4 = 0 then 'Lv4' else 'Lv3' end,
    now() - interval '1 hour' + n * interval '1 ms', 0, 0
  from made`;

async function fill(db: Knex, imoId: string, operatorId: string, subscribers: number) {
  await db.raw(
    /* sql */ `insert into users (id, email, handle, password_hash, role) values (?, ?, ?, 'none', 'operator')`,
    [operatorId, `${operatorId}@example.com`, `op-${operatorId.slice(-12)}`],
  );
  await db.raw(fillSql, { imo: imoId, subscribers, quota: quota.toString() });
  await db.raw('vacuum analyze users, accounts, journal_entries, imo_subscriptions');
}
