// The leaves of the proof of compute (DESIGN 2.12): golden figures computed by another implementation of
// docs/formats/usage-roots.md, and that every fact of a leaf counts.
import { leafHash } from '../../domain/merkle/tree';
import { usageLeaf, type SettledCall } from '../../services/proofs/usage-roots-leaf';
import { UsageTreeBuilder } from '../../services/proofs/usage-roots-tree';

function goldenCall(i: number): SettledCall {
  return {
    id: `00000000-0000-7000-8000-00000000010${i}`,
    userId: '00000000-0000-7000-8000-000000000001',
    salt: `00000000-0000-4000-8000-00000000000${i}`,
    settlementNumber: BigInt(i),
    endedAt: Date.parse(`2026-01-01T00:00:0${i}Z`),
    endpoint: 'chat/completions',
    modelId: 'gpt-4o-mini',
    inputTokens: 8n,
    cachedInputTokens: 0n,
    cacheWriteTokens: 0n,
    outputTokens: 20n * BigInt(i),
    tokenSource: 'upstream',
    priceVersionId: 'gpt-4o-mini@1',
    tier: 'Lv2',
    priceBps: 9_500,
    charge: 10_000n + BigInt(i) * 1_000n,
    mined: 100_000n + BigInt(i) * 10_000n,
    epoch: 0,
    channelId: '00000000-0000-7000-8000-000000000009',
    ending: 'completed',
    latencyMs: 800,
    ttftMs: null,
  };
}

it('writes the leaf of the documentation', () => {
  expect(usageLeaf(goldenCall(1))).toBe(
    '{"at":"2026-01-01T00:00:01.000Z","channelId":"00000000-0000-7000-8000-000000000009","charge":"0.00011",' +
      '"ending":"completed","endpoint":"chat/completions","epoch":0,"latencyMs":800,"mined":"0.0011","model":"gpt-4o-mini",' +
      '"multiplier":"0.95","priceVersion":"gpt-4o-mini@1","requestId":"00000000-0000-7000-8000-000000000101",' +
      '"settlementNumber":"1","tier":"Lv2","tokens":{"cacheWrite":0,"cachedInput":0,"input":8,"output":20,"source":"upstream"},' +
      '"ttftMs":null,"userHash":"64f06f1bbda1f078ea53e445e7e2ca0f9d3cf126eadc306ca33e87d2f886039a","version":1}',
  );
});

it.each([
  [1, 'd14c37f344fb9491c492e87c5619dc8db1db6106ce2d4a498ebc4e9ce0f1b180'],
  [2, 'a35bf23da1b6c91a011922460a8661457d3c86a40be7dd326a770b2d3148e989'],
  [3, '576af11930e0cf5c53dac3c3c57e5de588baba20cfcbcffe47d32386363d1684'],
])('hashes leaf %i', (i, hash) => {
  expect(leafHash(usageLeaf(goldenCall(i))).toString('hex')).toBe(hash);
});

it.each([
  [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0n],
  [1, 'd14c37f344fb9491c492e87c5619dc8db1db6106ce2d4a498ebc4e9ce0f1b180', 11_000n],
  [2, '9c3dc21b093f6e8e1403c6d1f4c526e7d4e0c74edadef7b10205e719a60cbf2b', 23_000n],
  [3, 'c157068d5f547c88a9d230655188d07dff1ded7ae7e9e08e771838969793cb4e', 36_000n],
])('gives the root and the sums of %i records, whatever the subtrees', (size, root, charged) => {
  for (const subtreeSize of [1, 2, 4, 1024]) {
    const tree = new UsageTreeBuilder(subtreeSize);
    for (let i = 1; i <= size; i++) tree.add(goldenCall(i));
    const built = tree.finish();
    expect(built.root.toString('hex')).toBe(root);
    expect(built).toMatchObject({ size, charged });
    expect(built.subtrees).toHaveLength(32 * Math.ceil(size / subtreeSize));
  }
});

function otherThan(value: bigint | number | string | null) {
  if (typeof value === 'bigint') return value + 1n;
  if (typeof value === 'number') return value + 100;
  return value === null ? 5 : `${value}0`;
}

it('has another hash when any fact of the record is another', () => {
  const call = goldenCall(1);
  const hash = leafHash(usageLeaf(call));
  const facts = Object.entries(call) as [string, bigint | number | string | null][];
  for (const [fact, value] of facts) {
    const other = otherThan(value);
    expect(leafHash(usageLeaf({ ...call, [fact]: other }))).not.toEqual(hash);
  }
});
