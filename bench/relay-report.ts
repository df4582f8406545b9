// The tables of the relay's benchmark: every figure, and what DESIGN 9 asks for beside what was measured.
import { median, printTable } from './machine';
import type { RelayResult } from './relay-load';
import { targetNames, type TargetName } from './relay-parts';

export type Kind = 'json' | 'sse';

export interface Cell {
  readonly kind: Kind;
  readonly connections: number;
  readonly target: TargetName;
}

/** The measurements of one cell, a round each. */
export interface Measured extends Cell {
  readonly rounds: readonly RelayResult[];
}

const titles: Readonly<Record<TargetName, string>> = {
  direct: 'direct',
  ours: 'ours, billed',
  portkey: 'portkey, unbilled',
};

export function printFigures(measured: readonly Measured[]): void {
  printTable(
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
    measured.map(({ kind, connections, target, rounds }) => [
      kind === 'json' ? 'JSON' : 'SSE',
      String(connections),
      titles[target],
      Math.round(median(rounds.map((round) => round.callsPerSecond))).toLocaleString('en'),
      median(rounds.map((round) => round.p50Ms)).toFixed(2),
      median(rounds.map((round) => round.p99Ms)).toFixed(2),
      median(rounds.map((round) => round.ttftP50Ms)).toFixed(2),
      String(rounds.reduce((sum, round) => sum + round.failures, 0)),
    ]),
  );
}

/** Ratios and differences are taken within a round, and of them the median. */
function compare(
  measured: readonly Measured[],
  { kind, connections }: Omit<Cell, 'target'>,
  ours: TargetName,
  other: TargetName,
  relate: (ours: RelayResult, other: RelayResult) => number,
): number | undefined {
  const roundsOf = (target: TargetName) =>
    measured.find(
      (cell) => cell.kind === kind && cell.connections === connections && cell.target === target,
    )?.rounds;
  const others = roundsOf(other);
  const values = roundsOf(ours)?.flatMap((round, index) => {
    const beside = others?.[index];
    return beside ? [relate(round, beside)] : [];
  });
  return values && values.length > 0 ? median(values) : undefined;
}

interface Target {
  readonly text: string;
  readonly value: number | undefined;
  readonly unit: string;
  /** Of two goals that are less, smaller is better. */
  readonly goal: 'below' | 'at least';
  readonly must?: number;
  readonly stretch?: number;
}

/** What DESIGN 9 asks of the relay; lines whose cells were not measured are left out. */
export function printTargets(measured: readonly Measured[]): void {
  const added = (target: TargetName, kind: Kind, of: (result: RelayResult) => number) =>
    compare(measured, { kind, connections: 1 }, target, 'direct', (a, b) => of(a) - of(b));
  const faster = (kind: Kind, connections: number) =>
    compare(
      measured,
      { kind, connections },
      'ours',
      'portkey',
      (a, b) => a.callsPerSecond / b.callsPerSecond,
    );
  const p50 = (result: RelayResult) => result.p50Ms;
  const firstByte = (result: RelayResult) => result.ttftP50Ms;
  const below = { unit: 'ms', goal: 'below' } as const;
  const times = { unit: 'x', goal: 'at least', must: 2, stretch: 3 } as const;
  const targets: Target[] = [
    {
      text: 'JSON, sequential: added p50',
      value: added('ours', 'json', p50),
      ...below,
      must: 6,
      stretch: 4,
    },
    {
      text: 'SSE, sequential: added time to first byte',
      value: added('ours', 'sse', firstByte),
      ...below,
      must: 4,
      stretch: 2,
    },
    ...[32, 128].map((connections) => ({
      text: `JSON calls/s at ${connections}: ours billed / portkey unbilled`,
      value: faster('json', connections),
      ...times,
    })),
    ...[32, 128].map((connections) => ({
      text: `SSE calls/s at ${connections}: ours billed / portkey unbilled`,
      value: faster('sse', connections),
      unit: 'x',
      goal: 'at least' as const,
    })),
    {
      text: 'for comparison: portkey JSON, sequential: added p50',
      value: added('portkey', 'json', p50),
      ...below,
    },
    {
      text: 'for comparison: portkey SSE, sequential: added time to first byte',
      value: added('portkey', 'sse', firstByte),
      ...below,
    },
  ];
  const known = targets.filter(({ value }) => value !== undefined);
  if (known.length === 0) return;
  printTable(['what', 'measured', 'must', 'stretch', ''], known.map(rowOf));
}

function rowOf({ text, value = Number.NaN, unit, goal, must, stretch }: Target): string[] {
  const meets = (limit: number | undefined) =>
    limit !== undefined && (goal === 'below' ? value < limit : value >= limit);
  const sign = goal === 'below' ? '<' : '>=';
  const wanted = (limit: number | undefined) =>
    limit === undefined ? '' : `${sign} ${limit} ${unit}`;
  const verdict =
    must === undefined ? '' : meets(stretch) ? 'stretch' : meets(must) ? 'met' : 'missed';
  return [text, `${value.toFixed(2)} ${unit}`, wanted(must), wanted(stretch), verdict];
}

/** In the order that tables have them. */
export function cellsOf(
  kinds: readonly Kind[],
  connections: readonly number[],
  names: readonly TargetName[],
): Cell[] {
  return kinds.flatMap((kind) =>
    connections.flatMap((count) =>
      targetNames
        .filter((target) => names.includes(target))
        .map((target) => ({ kind, connections: count, target })),
    ),
  );
}
