// What the relay's benchmark measures, cell by cell, and the tables of it.
import { median, printTable } from './machine';
import { kinds, type Kind } from './relay-kinds';
import type { RelayResult } from './relay-load';
import { targetNames, type TargetName } from './relay-parts';

export interface Cell {
  readonly kind: Kind;
  readonly connections: number;
  readonly target: TargetName;
}

export interface Round extends RelayResult {
  /** How often a channel was tried that did not answer. */
  readonly failedAttempts: number;
}

/** The measurements of one cell, a round each. */
export interface Measured extends Cell {
  readonly rounds: readonly Round[];
}

const titles: Readonly<Record<TargetName, string>> = {
  direct: 'direct',
  ours: 'ours, billed',
  portkey: 'portkey, unbilled',
};

export function printFigures(measured: readonly Measured[]): void {
  const figures = measured.filter(({ kind }) => kind !== 'failover');
  printSection(
    [
      'kind',
      'connections',
      'target',
      'calls/s',
      'p50 ms',
      'p99 ms',
      'first byte p50 ms',
      'failures',
    ],
    figures.map(({ kind, connections, target, rounds }) => [
      kinds[kind].title,
      String(connections),
      titles[target],
      countOf(median(rounds.map((round) => round.callsPerSecond))),
      median(rounds.map((round) => round.p50Ms)).toFixed(2),
      median(rounds.map((round) => round.p99Ms)).toFixed(2),
      median(rounds.map((round) => round.ttftP50Ms)).toFixed(2),
      String(total(rounds, 'failures')),
    ]),
  );
}

/** Beside each measurement of calls that fail over, the same with one channel that works. @throws Error when one failed */
export function printFailover(measured: readonly Measured[]): void {
  const broken = measured.filter(({ kind }) => kind === 'failover');
  const healthy = measured.filter(
    ({ kind, target, connections }) =>
      kind === 'json' &&
      target === 'ours' &&
      broken.some((beside) => beside.connections === connections),
  );
  printSection(
    [
      'channels',
      'connections',
      'calls/s',
      'p50 ms',
      'p99 ms',
      'calls',
      'attempts that failed',
      'of the calls',
      'failures',
    ],
    [...healthy, ...broken].map(({ kind, connections, rounds }) => {
      const failures = total(rounds, 'failures');
      const calls = total(rounds, 'answered') + failures;
      const failedAttempts = total(rounds, 'failedAttempts');
      return [
        kind === 'failover' ? 'one works, one hangs, one answers 500' : 'one that works',
        String(connections),
        countOf(median(rounds.map((round) => round.callsPerSecond))),
        median(rounds.map((round) => round.p50Ms)).toFixed(2),
        median(rounds.map((round) => round.p99Ms)).toFixed(2),
        countOf(calls),
        countOf(failedAttempts),
        `${((100 * failedAttempts) / calls).toFixed(2)}%`,
        String(failures),
      ];
    }),
  );
  if (broken.some(({ rounds }) => total(rounds, 'failures') > 0)) {
    throw new Error('calls failed although a channel worked');
  }
}

function total(rounds: readonly Round[], of: 'answered' | 'failures' | 'failedAttempts'): number {
  return rounds.reduce((sum, round) => sum + round[of], 0);
}

function countOf(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** A table, if there is anything in it, and a line after it. */
export function printSection(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  if (rows.length === 0) return;
  printTable(header, rows);
  console.log();
}

/** In the order that tables have them. Only of ours can channels break. */
export function cellsOf(
  names: readonly Kind[],
  connectionsOf: (kind: Kind) => readonly number[],
  targets: readonly TargetName[],
): Cell[] {
  return names.flatMap((kind) =>
    connectionsOf(kind).flatMap((connections) =>
      targetNames
        .filter((target) => targets.includes(target))
        .filter((target) => kind !== 'failover' || target === 'ours')
        .map((target) => ({ kind, connections, target })),
    ),
  );
}
