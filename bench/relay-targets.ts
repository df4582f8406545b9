// What DESIGN 9 asks of the relay beside what was measured, and the same of what it does not name.
import { median } from './machine';
import { isStream, kinds, type Kind } from './relay-kinds';
import type { RelayResult } from './relay-load';
import type { TargetName } from './relay-parts';
import { printSection, type Cell, type Measured } from './relay-report';

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

type Wanted = Partial<Record<Kind, Pick<Target, 'must' | 'stretch'>>>;

/** DESIGN 9: milliseconds of a call alone, and times the peer's rate at each number of connections. */
const mostAdded: Wanted = { json: { must: 6, stretch: 4 }, sse: { must: 4, stretch: 2 } };
const leastFaster: Wanted = { json: { must: 2, stretch: 3 } };

/** Lines whose cells were not measured are left out. */
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
  const times = { unit: 'x', goal: 'at least' } as const;
  const names = (Object.keys(kinds) as Kind[]).filter((kind) => kind !== 'failover');
  const addedBy = (target: TargetName, kind: Kind): Target => ({
    text: `${kinds[kind].title}, sequential: added ${isStream(kind) ? 'time to first byte' : 'p50'}`,
    value: added(target, kind, isStream(kind) ? firstByte : p50),
    ...below,
  });
  const targets: Target[] = names.flatMap((kind) => [
    { ...addedBy('ours', kind), ...mostAdded[kind] },
    ...kinds[kind].connections
      .filter((connections) => connections > 1)
      .map((connections) => ({
        text: `${kinds[kind].title}, calls/s at ${connections}: ours billed / portkey unbilled`,
        value: faster(kind, connections),
        ...times,
        ...leastFaster[kind],
      })),
  ]);
  for (const kind of names) {
    const peer = addedBy('portkey', kind);
    targets.push({ ...peer, text: `for comparison: portkey ${peer.text}` });
  }
  const known = targets.filter(({ value }) => value !== undefined);
  printSection(['what', 'measured', 'must', 'stretch', ''], known.map(rowOf));
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
