import { burnHash } from '../../domain/burn';
import { InvariantError } from '../../domain/errors';
import { isConsistent, isIncluded } from '../../domain/merkle/proofs';
import { rootOf } from '../../domain/merkle/tree';
import { parseAmount } from '../../domain/money';
import { openCheckpoint } from '../../domain/checkpoint';
import { parseVerifierKey } from '../../domain/signed-note';
import { burnChecks } from '../../services/audit/burns';
import { type planBurn } from '../../services/proofs/burn-log';
import { toBurnRecord, type BurnRow } from '../../services/proofs/burn-rows';
import { createBurnLog } from '../../services/proofs/burn-tree';
import { createLogSigner } from '../../services/proofs/log-signer';
import { audit } from '../ledger/books';
import { createWorld, type World } from '../relay-calls/world';
import { refusal } from '../support/refusals';
import { burn, testBurn } from './burn-support';

const signer = createLogSigner(Buffer.alloc(32, 3));
let world: World;
let ann: string;

beforeAll(async () => {
  world = await createWorld();
  ann = await world.addCaller('10');
  // A tenth of a Credit: 1 LCO.
  await world.settle(await world.reserve(ann, 100_000), 100_000);
});

afterAll(() => world.close());

const burnOf = (amount: string, sourceRef = 'dispute-1') =>
  burn(world.committer, ann, amount, { sourceRef });

async function readBurns(): Promise<BurnRow[]> {
  return [...(await createBurnLog({ db: world.db, signer }).list({ limit: 200 })).items].reverse();
}

describe('a burn', () => {
  it('moves LCO to the black hole and is a record of what was and what is left', async () => {
    const before = await world.lcoOf(ann);
    const record = await burnOf('0.25');
    expect(await world.lcoOf(ann)).toBe('0.75');
    expect(before).toBe('1');
    expect(record).toMatchObject({
      seq: 0n,
      kind: 'bond',
      amount: parseAmount('0.25'),
      supplyBefore: parseAmount('1'),
      supplyAfter: parseAmount('0.75'),
      sourceRef: 'dispute-1',
    });
    expect(record.hash).toEqual(
      burnHash({
        amount: '0.25',
        at: new Date(record.at).toISOString(),
        kind: 'bond',
        seq: 0,
        sourceRef: 'dispute-1',
        supplyAfter: '0.75',
        supplyBefore: '1',
      }),
    );
    expect(await readBurns()).toEqual([record]);
  });

  it('is told by the feed of its batch as it is published', async () => {
    const [record] = await readBurns();
    if (!record) throw new Error('there is no burn');
    const { rows } = await world.db.raw<{ rows: { feed: unknown }[] }>(
      'select feed from journal_batches where sequence = ?',
      [record.sequence.toString()],
    );
    expect(rows[0]?.feed).toEqual([
      { type: 'burn', record: { ...toBurnRecord(record), hash: record.hash.toString('hex') } },
    ]);
  });

  it('of more than there is, is refused and takes no number', async () => {
    await expect(burnOf('0.75000001')).rejects.toEqual(refusal('INSUFFICIENT_FUNDS'));
    expect(await readBurns()).toHaveLength(1);
  });

  it('has the next number when it shares a batch with others', async () => {
    const outcomes = await Promise.allSettled(
      ['0.1', '0.2', '9', '0.05', '0.05'].map((amount, i) => burnOf(amount, `market-${i}`)),
    );
    expect(outcomes[2]).toMatchObject({
      status: 'rejected',
      reason: refusal('INSUFFICIENT_FUNDS'),
    });
    const records = await readBurns();
    expect(records.map(({ seq }) => seq)).toEqual([0n, 1n, 2n, 3n, 4n]);
    // The first goes alone; those that came meanwhile are one batch.
    expect(new Set(records.slice(2).map(({ sequence }) => sequence)).size).toBe(1);
    for (const [i, { supplyBefore }] of records.entries()) {
      if (i > 0) expect(supplyBefore).toBe(records[i - 1]?.supplyAfter);
    }
    expect(records.at(-1)?.supplyAfter).toBe(parseAmount('0.35'));
  });

  it('sees what was minted since the one before', async () => {
    await world.settle(await world.reserve(ann, 100_000), 100_000);
    expect(await burnOf('0.5')).toMatchObject({
      supplyBefore: parseAmount('1.35'),
      supplyAfter: parseAmount('0.85'),
    });
  });

  it('from two processes at once leaves no gap', async () => {
    const other = world.openCommitter();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        burn(i % 2 === 0 ? other : world.committer, ann, '0.001'),
      ),
    );
    const records = await readBurns();
    expect(records.map(({ seq }) => Number(seq))).toEqual(records.map((_, i) => i));
    expect(await audit(world.database.url, burnChecks)).toEqual([]);
  });

  it.each([
    ['of nothing', { amount: 0n }],
    ['of less than nothing', { amount: -1n }],
    ['for nothing', { sourceRef: '' }],
  ])('%s is a fault of whoever plans it', (_, change) => {
    const input = { userId: ann, amount: 1n, kind: 'bond' as const, sourceRef: 'x', ...change };
    expect(() => testBurn.decide({} as Parameters<typeof planBurn>[0], input)).toThrow(
      'a burn is of LCO, for something',
    );
  });

  it.each(['update burns set amount = amount', 'delete from burns', 'truncate burns'])(
    'stays for ever: %s is refused',
    async (statement) => {
      await expect(world.db.raw(statement)).rejects.toThrow('burns is append-only');
    },
  );
});

describe('the burn log', () => {
  it('signs a head whose root is that of all records', async () => {
    const log = createBurnLog({ db: world.db, signer });
    const head = await log.head();
    const records = await readBurns();
    const checkpoint = openCheckpoint(head.checkpoint, parseVerifierKey(log.verifierKey()));
    expect(checkpoint).toEqual({ origin: head.origin, size: records.length, root: head.root });
    expect(head.root).toEqual(rootOf(records.map((row) => burnHash(toBurnRecord(row)))));
  });

  it('takes in what is new, whoever asks at the same time', async () => {
    const log = createBurnLog({ db: world.db, signer });
    const before = await log.head();
    await burnOf('0.001');
    const heads = await Promise.all([
      log.head(),
      log.head(),
      log.inclusion(before.size),
      log.head(),
    ]);
    expect(heads.map(({ size }) => size)).toEqual(Array(4).fill(before.size + 1));
    expect(new Set(heads.map(({ root }) => root.toString('hex'))).size).toBe(1);
  });

  it('proves every record in every size, and every size in every later one', async () => {
    const log = createBurnLog({ db: world.db, signer });
    const records = await readBurns();
    for (let size = 1; size <= records.length; size++) {
      for (let seq = 0; seq < size; seq++) {
        const proof = await log.inclusion(seq, size);
        expect(proof.leafHash).toEqual(records[seq]?.hash);
        expect(isIncluded(proof)).toBe(true);
      }
      for (let from = 1; from <= size; from++) {
        expect(isConsistent(await log.consistency(from, size))).toBe(true);
      }
    }
  });

  it('proves nothing that it never was', async () => {
    const log = createBurnLog({ db: world.db, signer });
    const { size } = await log.head();
    await expect(log.inclusion(size)).rejects.toEqual(refusal('NOT_FOUND'));
    for (const [seq, asked] of [
      [3, 3],
      [0, 0],
      [0, size + 1],
    ] as const) {
      await expect(log.inclusion(seq, asked)).rejects.toEqual(refusal('INVALID_REQUEST'));
    }
    for (const [from, to] of [
      [0, 1],
      [2, 1],
      [1, size + 1],
    ] as const) {
      await expect(log.consistency(from, to)).rejects.toEqual(refusal('INVALID_REQUEST'));
    }
  });

  it.each([
    ['another amount', `update burns set amount = amount + 1, supply_after = supply_after - 1`],
    ['another number', 'update burns set seq = seq + 100'],
    ['another hash', `update burns set hash = sha256('other')`],
  ])(
    'signs nothing while the newest row says %s, and goes on when it is mended',
    async (_, sql) => {
      const log = createBurnLog({ db: world.db, signer });
      const { size } = await log.head();
      await burnOf('0.001');
      const { db } = world;
      await db.raw('create table kept as select * from burns where seq = ?', [size]);
      await db.raw('alter table burns disable trigger burns_append_only');
      await db.raw(`${sql} where seq = ${size}`);
      await expect(log.head()).rejects.toBeInstanceOf(InvariantError);
      await db.raw(`delete from burns where seq >= ${size}`);
      await db.raw('insert into burns select * from kept; drop table kept;');
      await db.raw('alter table burns enable trigger burns_append_only');
      expect((await log.head()).size).toBe(size + 1);
      await burnOf('0.001');
      expect((await log.head()).size).toBe(size + 2);
    },
  );
});
