import { readFileSync } from 'node:fs';
import { canonicalBatch, hashBatch, type ChainedBatch } from '../../ledger/chain';

/** The example of docs/formats/journal-chain.md. */
const example: ChainedBatch = {
  sequence: 1n,
  at: Date.UTC(2026, 0, 1),
  previousHash: Buffer.alloc(32),
  opened: [
    { id: 1n, key: 'platform/l-exchange/reserve/CREDIT' },
    { id: 2n, key: 'user/00000000-0000-8000-8000-000000000001/available/CREDIT' },
  ],
  transfers: [
    {
      kind: 'deposit',
      reference: 'wire-1',
      actor: 'operator',
      requestId: 'r-1',
      entries: [
        { accountId: 1n, amount: -1_250_000_000n, balanceAfter: -1_250_000_000n },
        { accountId: 2n, amount: 1_250_000_000n, balanceAfter: 1_250_000_000n },
      ],
    },
  ],
  feed: null,
};

describe('the hash chain', () => {
  it('is as its format is documented', () => {
    const page = readFileSync('docs/formats/journal-chain.md', 'utf8');
    expect(page).toContain(canonicalBatch(example));
    expect(page).toContain(hashBatch(example).toString('hex'));
  });

  const [transfer] = example.transfers;
  it.each<[string, Partial<ChainedBatch>]>([
    ['the sequence', { sequence: 2n }],
    ['the time', { at: example.at + 1 }],
    ['the hash before', { previousHash: Buffer.alloc(32, 1) }],
    ['an account', { opened: [{ id: 1n, key: 'x' }] }],
    ['a kind', { transfers: [{ ...transfer!, kind: 'deposit2' }] }],
    ['a reference', { transfers: [{ ...transfer!, reference: null }] }],
    ['an actor', { transfers: [{ ...transfer!, actor: 'somebody' }] }],
    ['a request', { transfers: [{ ...transfer!, requestId: 'r-2' }] }],
    ['an entry', { transfers: [{ ...transfer!, entries: [] }] }],
    ['the feed', { feed: '[]' }],
  ])('covers %s', (_, change) => {
    expect(hashBatch({ ...example, ...change }).equals(hashBatch(example))).toBe(false);
  });
});
