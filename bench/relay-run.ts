// The measurements of the relay's benchmark, in rounds, and its calls that are mixed, by the load generator; it keeps
// count of what is to have been billed.
import type { ChildProcess } from 'node:child_process';
import { withBrokenChannels } from './relay-broken-channels';
import { kinds as kindTerms, type Kind } from './relay-kinds';
import type { Ask, RelayLoad, RelayResult } from './relay-load';
import type { RelayParts, TargetName } from './relay-parts';
import { ask } from './relay-process';
import { cellsOf, type Cell, type Measured, type Round } from './relay-report';

export interface RoundsOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly kinds: readonly Kind[];
  /** undefined: as many as stand with each kind. */
  readonly connections: readonly number[] | undefined;
  readonly targets: readonly TargetName[];
}

/** A process that has answered fewer than some thousand calls still runs half of its code uncompiled. */
const warmUpSeconds = 1.5;
const runUpMs = 500;
/** Of calls that fail over: long enough for breakers to open, and to let a probe through. */
const failoverTimes = 3;
/** While all is warmed, and of calls that are mixed. */
const usualConnections = 32;
/** Much longer than it takes. */
const maxMixedSeconds = 300;

export class RelayRun {
  /** Calls to us whose answers have begun. */
  billed = 0;

  constructor(
    private readonly parts: RelayParts,
    private readonly generator: ChildProcess,
  ) {}

  /** Warms everything, then measures it. */
  async measureAll(options: RoundsOptions): Promise<Measured[]> {
    const { seconds, rounds, kinds, connections, targets } = options;
    for (const cell of cellsOf(kinds, () => [usualConnections], targets)) {
      await this.measure(cell, warmUpSeconds);
    }
    const connectionsOf = (kind: Kind) => connections ?? kindTerms[kind].connections;
    const cells = cellsOf(kinds, connectionsOf, targets);
    const measured = new Map(cells.map((cell) => [cell, [] as Round[]]));
    // Round by round rather than cell by cell, so that a drift of the machine's speed falls on all alike.
    for (let round = 1; round <= rounds; round++) {
      for (const cell of cells) {
        const result = await this.measure(cell, seconds);
        measured.get(cell)?.push(result);
        console.error(
          `round ${round}, ${nameOf(cell)}: ${Math.round(result.callsPerSecond)}/s, p50 ${result.p50Ms.toFixed(2)} ms`,
        );
      }
    }
    return [...measured].map(([cell, results]) => ({ ...cell, rounds: results }));
  }

  /** Sends us so many calls, each ask in its turn; resolves with how many were left. @throws Error when one fails */
  async mix(asks: readonly Ask[], calls: number): Promise<number> {
    const load = { asks, connections: usualConnections, runUpMs: 0 };
    const send = () =>
      this.send('ours', { ...load, seconds: maxMixedSeconds, maxCalls: calls }, 'mixed');
    const failsOver = asks.some(({ kind }) => kind === 'failover');
    const { failures, left } = failsOver ? (await this.withBroken(send)).result : await send();
    if (failures > 0) throw new Error(`${failures} of the mixed calls failed`);
    return left;
  }

  private async measure(cell: Cell, seconds: number): Promise<Round> {
    const { kind, target, connections } = cell;
    const asks = [{ ...this.targetOf(target).askOf(kind), kind, leaves: false }];
    const send = (runUpMs: number, seconds: number) =>
      this.send(target, { asks, connections, runUpMs, seconds }, nameOf(cell));
    if (kind !== 'failover') return { ...(await send(runUpMs, seconds)), failedAttempts: 0 };
    // What the first calls meet is what is measured.
    const { result, failedAttempts } = await this.withBroken(() =>
      send(0, failoverTimes * seconds),
    );
    return { ...result, failedAttempts };
  }

  private withBroken<Result>(use: () => Promise<Result>) {
    const { ours } = this.parts;
    if (!ours) throw new Error('the API does not run');
    return withBrokenChannels(ours, use);
  }

  private async send(
    target: TargetName,
    load: Omit<RelayLoad, 'baseUrl' | 'keys'>,
    name: string,
  ): Promise<RelayResult> {
    const { baseUrl, keys } = this.targetOf(target);
    const result = await ask<RelayResult>(this.generator, { ...load, baseUrl, keys });
    if (target === 'ours') this.billed += result.answered + result.left;
    if (result.firstFailure !== undefined) {
      console.error(`${name}: ${result.failures} failures, first ${result.firstFailure}`);
    }
    return result;
  }

  private targetOf(name: TargetName) {
    const target = this.parts.targets.get(name);
    if (!target) throw new Error(`${name} does not run`);
    return target;
  }
}

function nameOf({ kind, connections, target }: Cell): string {
  return `${kind} ${connections} ${target}`;
}
