// The core beside a matching engine that others wrote: the same tape, the same trades, the same book.
import { CoreTape, makeTape, PeerTape, type TapeShape } from './matching-tape';

const shape: TapeShape = {
  resting: 300,
  operations: 4_000,
  widthTicks: 60,
  marketShare: 0.15,
  cancelShare: 0.2,
  reduceShare: 0,
};

it.each([1, 2, 3, 4, 5])('trades what nodejs-order-book trades (seed %d)', (seed) => {
  const { opening, operations } = makeTape(seed, shape);
  const core = new CoreTape();
  const peer = new PeerTape();
  let trades = 0;
  for (const operation of [...opening, ...operations]) {
    const made = core.trades(operation);
    expect({ operation, trades: made }).toEqual({ operation, trades: peer.trades(operation) });
    trades += made.length;
  }
  expect(trades).toBeGreaterThan(1_000);
  expect(core.depth()).toEqual(peer.depth());
});

it('ends with the same book when a market order sweeps all of it', () => {
  const { opening } = makeTape(6, shape);
  const core = new CoreTape();
  const peer = new PeerTape();
  const sweep = { kind: 'market', id: 'sweep', side: 'sell', lots: 10 ** 9 } as const;
  for (const operation of [...opening, sweep]) {
    expect(core.trades(operation)).toEqual(peer.trades(operation));
  }
  expect(core.depth()[0]).toEqual([]);
  expect(core.depth()).toEqual(peer.depth());
});
