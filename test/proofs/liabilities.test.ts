// Proof of liabilities (DESIGN 2.12): what every user is owed at one moment, once a day, proved to each alone.
import { parseAmount } from '../../domain/money';
import { isInSumTree, sumLeaf } from '../../domain/merkle/sum-tree';
import { ownerHash } from '../../domain/merkle/owner-hash';
import { pruneLiabilities, snapshotLiabilities } from '../../services/proofs/liabilities';
import type { LiabilityProof } from '../../services/proofs/liabilities-proofs';
import { createWorld, type World } from './world';

let world: World;

beforeEach(async () => {
  world = await createWorld('2030-01-01T12:00:00Z');
});
afterEach(() => world.close());

/** As a user does with nothing but what they got. */
function isProved(userId: string, { leaf, size, path, root }: LiabilityProof): boolean {
  const { salt, credit, lco, position } = leaf;
  return isInSumTree(
    sumLeaf({ ownerHash: ownerHash(salt, userId), credit, lco }),
    { index: position, size, path },
    { hash: root.root, credit: root.credit, lco: root.lco },
  );
}

it('adds up what users have for every purpose, as of one batch of the journal', async () => {
  const ann = await world.addCaller('10');
  const bob = await world.addCaller('20');
  await world.settleAt(ann, 100_000);
  await world.stake(ann, '1');
  const live = await world.reserve(bob, 100_000, {}, world.committer);
  const head = await world.db('journal_head').first<{ sequence: bigint }>('sequence');
  const taken = await snapshotLiabilities(world);
  expect(taken).toMatchObject({
    day: '2030-01-01',
    takenAt: Date.parse('2030-01-01T12:00:00Z'),
    users: 2,
    credit: parseAmount('29.9'),
    lco: parseAmount('1'),
  });
  expect(taken.sequence).toBe(head.sequence);
  for (const [user, credit, lco] of [
    [ann, '9.9', '1'],
    [bob, '20', '0'],
  ] as const) {
    const proof = await world.liabilityProofs.proof(user);
    expect(proof.leaf).toMatchObject({ credit: parseAmount(credit), lco: parseAmount(lco) });
    expect(isProved(user, proof)).toBe(true);
  }
  await world.settle(live, 10, {}, world.committer);
});

it('is the root of nothing without users', async () => {
  expect(await snapshotLiabilities(world)).toMatchObject({ users: 0, credit: 0n, lco: 0n });
});

it.each([1, 3, 4, 5, 8, 9])('proves each of %i users alone, in subtrees of 4', async (count) => {
  const users: string[] = [];
  for (let i = 1; i <= count; i++) users.push(await world.addCaller(String(i)));
  const { users: counted } = await snapshotLiabilities(world, undefined, 4);
  expect(counted).toBe(count);
  const proofs = await Promise.all(users.map((user) => world.liabilityProofs.proof(user)));
  proofs.forEach((proof, i) => {
    expect(proof.leaf.credit).toBe(parseAmount(String(i + 1)));
    expect(isProved(users[i] ?? '', proof)).toBe(true);
    expect(isProved(users[(i + 1) % count] ?? '', proof)).toBe(count === 1);
  });
  expect(proofs.map(({ leaf }) => leaf.position).sort((a, b) => a - b)).toEqual(
    users.map((_, i) => i),
  );
  const { leaf: stranger } = proofs[0] ?? { leaf: undefined };
  expect(JSON.stringify(proofs[1]?.path ?? [], String)).not.toContain(stranger?.userId);
});

it('puts users in another order, under other salts, each day', async () => {
  const users: string[] = [];
  for (let i = 0; i < 12; i++) users.push(await world.addCaller('1'));
  const look = async () => {
    await snapshotLiabilities(world);
    const proofs = await Promise.all(users.map((user) => world.liabilityProofs.proof(user)));
    return proofs.map(({ leaf }) => leaf);
  };
  const first = await look();
  await world.clock.set('2030-01-02T00:05:00Z');
  const second = await look();
  expect(new Set([...first, ...second].map(({ salt }) => salt)).size).toBe(24);
  // 12 users come in the same order twice by a chance of 1 in 479,001,600.
  expect(second.map(({ position }) => position)).not.toEqual(first.map(({ position }) => position));
});

it('is taken once a day, however many take it at once', async () => {
  await world.addCaller('10');
  const taken = await Promise.all([1, 2, 3, 4].map(() => snapshotLiabilities(world)));
  for (const each of taken) expect(each).toEqual(taken[0]);
  await world.addCaller('10');
  await world.clock.set('2030-01-01T23:59:59.999Z');
  expect(await snapshotLiabilities(world)).toEqual(taken[0]);
  await world.clock.set('2030-01-02T00:00:00.000Z');
  expect(await snapshotLiabilities(world)).toMatchObject({ day: '2030-01-02', users: 2 });
});

it('is announced by the journal once, whoever asks', async () => {
  await world.addCaller('10');
  const { day, root } = await snapshotLiabilities(world);
  await expect(world.announce('2029-12-31')).rejects.toThrow('2029-12-31 have a root');
  const other = world.openCommitter();
  await Promise.all([world.announce(day), world.announce(day, other), world.announce(day)]);
  const { rows } = await world.db.raw<{ rows: { root: string }[] }>(
    `select e->>'root' as root from journal_batches, json_array_elements(feed) e where e->>'type' = 'liability_root'`,
  );
  expect(rows).toEqual([{ root: root.toString('hex') }]);
});

it('sees one moment while balances change', async () => {
  const users = [await world.addCaller('10'), await world.addCaller('10')];
  const snapshot = snapshotLiabilities(world);
  await Promise.all(users.map((user) => world.settleAt(user, 1_000)));
  const { credit } = await snapshot;
  const proofs = await Promise.all(users.map((user) => world.liabilityProofs.proof(user)));
  expect(proofs.reduce((sum, { leaf }) => sum + leaf.credit, 0n)).toBe(credit);
});

it('keeps leaves for seven days and roots for ever', async () => {
  const ann = await world.addCaller('10');
  for (let day = 1; day <= 9; day++) {
    await world.clock.set(`2030-01-0${day}T00:05:00Z`);
    await snapshotLiabilities(world);
    await pruneLiabilities(world.db);
  }
  const { items } = await world.liabilityProofs.roots({ limit: 200 });
  expect(items.map(({ day }) => day)).toEqual(
    [9, 8, 7, 6, 5, 4, 3, 2, 1].map((day) => `2030-01-0${day}`),
  );
  const days = await world.db('liability_leaves').distinct('day').orderBy('day').pluck('day');
  expect(days).toEqual([3, 4, 5, 6, 7, 8, 9].map((day) => `2030-01-0${day}`));
  expect(isProved(ann, await world.liabilityProofs.proof(ann, '2030-01-03'))).toBe(true);
  await expect(world.liabilityProofs.proof(ann, '2030-01-02')).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  for (const statement of [
    'update liability_roots set credit = 0',
    'delete from liability_roots',
  ]) {
    await expect(world.db.raw(statement)).rejects.toThrow('liability_roots is append-only');
  }
});

it('has nothing for who never had anything, nor for a day without a root', async () => {
  const nobody = await world.addUser();
  await expect(world.liabilityProofs.root()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const ann = await world.addCaller('10');
  await snapshotLiabilities(world);
  await expect(world.liabilityProofs.proof(nobody)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(world.liabilityProofs.proof(ann, '2029-12-31')).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});
