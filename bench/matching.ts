// The pure core of the exchange (DESIGN 9): plan and book of a mixed tape of 200,000 operations, beside npm
// nodejs-order-book on the same tape; and cancelling from one price at which 16,000 orders rest.
import {
  CoreTape,
  makeTape,
  PeerTape,
  type Tape,
  type TapeOperation,
  type TapeShape,
} from '../test/domain/exchange/matching-tape';
import { median, printTable } from './machine';

interface BenchOptions {
  readonly rounds: number;
  readonly seed: number;
}

interface Engine {
  play(operation: TapeOperation): unknown;
}

interface Case {
  readonly name: string;
  readonly tape: Tape;
  /** Operations of the tape that the peer plays: it takes seconds for some thousand of the second case. */
  readonly peerOperations: number;
}

const mixed: TapeShape = {
  resting: 30_000,
  operations: 200_000,
  widthTicks: 5_000,
  // about as many orders come as go: the book stays as deep as it is
  marketShare: 0.05,
  cancelShare: 0.3,
  reduceShare: 0.15,
};
const levelOrders = 16_000;

export function benchMatching({ rounds, seed }: BenchOptions): void {
  const cases: readonly Case[] = [
    { name: 'mixed tape', tape: makeTape(seed, mixed), peerOperations: mixed.operations },
    {
      name: `cancels in a level of ${levelOrders.toLocaleString('en')}`,
      tape: cancelTape(),
      peerOperations: 500,
    },
  ];
  for (const { name, tape } of cases) describeTape(name, tape);
  const rows = cases.flatMap((one) => measureCase(one, rounds));
  printTable(['case', 'engine', 'operations/s', 'ns an operation', 'x peer'], rows);
}

function measureCase({ name, tape, peerOperations }: Case, rounds: number): string[][] {
  const coreNs: number[] = [];
  const peerNs: number[] = [];
  // Alternating, so that a drift of the machine's speed falls on both; the first round warms and does not count.
  for (let round = 0; round <= rounds; round++) {
    const core = nsPerOperation(new CoreTape(), tape, tape.operations.length);
    const peer = nsPerOperation(new PeerTape(), tape, peerOperations);
    if (round === 0) continue;
    coreNs.push(core);
    peerNs.push(peer);
  }
  const ratio = median(peerNs.map((ns, round) => ns / (coreNs[round] ?? Number.NaN)));
  return [
    rowOf(name, 'nodejs-order-book', median(peerNs), 1),
    rowOf(name, 'core', median(coreNs), ratio),
  ];
}

function nsPerOperation(engine: Engine, { opening, operations }: Tape, count: number): number {
  for (const operation of opening) engine.play(operation);
  const played = operations.slice(0, count);
  globalThis.gc?.();
  const startedAt = process.hrtime.bigint();
  for (const operation of played) engine.play(operation);
  return Number(process.hrtime.bigint() - startedAt) / count;
}

function rowOf(name: string, engine: string, ns: number, ratio: number): string[] {
  const perSecond = Math.round(1e9 / ns).toLocaleString('en');
  return [name, engine, perSecond, Math.round(ns).toLocaleString('en'), ratio.toFixed(1)];
}

/** All rest at one price, and are cancelled in an order that is not theirs. */
function cancelTape(): Tape {
  const ids = Array.from({ length: levelOrders }, (_, i) => `0193a7b2-4c1d-7e3f-8a5b-c${i}`);
  return {
    opening: ids.map((id) => ({ kind: 'limit', id, side: 'buy', ticks: 1_000, lots: 10 })),
    // 7,919 is a prime that does not divide their number: each is met once
    operations: ids.map((_, i) => ({
      kind: 'cancel',
      id: ids[(i * 7_919) % levelOrders] ?? '',
    })),
  };
}

function describeTape(name: string, { opening, operations }: Tape): void {
  const book = new CoreTape();
  for (const operation of opening) book.play(operation);
  const resting = book.book.size;
  let fills = 0;
  for (const operation of operations) fills += book.play(operation)?.fills.length ?? 0;
  const levels = book.depth().map((side) => side.length);
  const figure = (value: number) => value.toLocaleString('en');
  console.log(
    `${name}: ${figure(operations.length)} operations, ${figure(fills)} fills; ${figure(resting)} orders rest before, ${figure(book.book.size)} after, at ${levels.map(figure).join(' and ')} prices`,
  );
}
