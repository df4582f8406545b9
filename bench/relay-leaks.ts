// What the API process has left when many calls are over (DESIGN 2.2 "Faults"): calls of all kinds mixed, and clients
// that leave in the middle of every kind of stream. Afterwards no reservation may be held and no socket be open.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { openDatabase } from '../ledger/connection';
import { printTable } from './machine';
import { countHeld } from './relay-books';
import { isStream, kinds, type Kind } from './relay-kinds';
import type { Ask } from './relay-load';
import type { Ours, Target } from './relay-parts';
import type { MemoryUse } from './relay-probe';
import { ask } from './relay-process';
import { countSockets, type OpenSockets } from './relay-sockets';

interface State extends MemoryUse {
  readonly sockets: OpenSockets | null;
  readonly heldReservations: number;
}

/** When every connection is in use. */
const midwayMs = 1_000;
/** Idle connections to the upstream have been closed by then, as both sides agree. */
const restTimeoutMs = 15_000;
const restCheckMs = 250;

/** Of every kind one, and of every stream one that is left. */
export function mixOf(names: readonly Kind[], target: Target): Ask[] {
  const whole = names.map((kind) => ({ ...target.askOf(kind), kind, leaves: false }));
  const left = names.filter(isStream).map((kind) => {
    const model = kinds[kind].slowModel ?? kinds[kind].model;
    return { ...target.askOf(kind), kind, model, leaves: true };
  });
  return [...whole, ...left];
}

/**
 * Prints the process' state before, while and after `run`, which makes so many calls and resolves with how many of them
 * were left.
 * @throws Error when anything is left open or held.
 */
export async function checkLeaks(
  ours: Ours,
  databaseUrl: string,
  calls: number,
  run: () => Promise<number>,
): Promise<void> {
  const db = openDatabase(databaseUrl, 'lx-bench-leaks', 1);
  try {
    const before = await rest(ours, db);
    const [midway, left] = await Promise.all([
      sleep(midwayMs).then(() => readState(ours, db)),
      run(),
    ]);
    const after = await rest(ours, db);
    printStates([
      ['before', before],
      ['while they run', midway],
      [`after ${count(calls)} calls, ${count(left)} of them left`, after],
    ]);
    if (!isAtRest(after)) throw new Error('the API process has left something open');
  } finally {
    await db.destroy();
  }
}

const count = (value: number) => value.toLocaleString('en');

/** The state once nothing is open or held any more, or when that has taken too long. */
async function rest(ours: Ours, db: Knex): Promise<State> {
  const endsAt = performance.now() + restTimeoutMs;
  for (;;) {
    const state = await readState(ours, db);
    if (isAtRest(state) || performance.now() > endsAt) return state;
    await sleep(restCheckMs);
  }
}

function isAtRest({ sockets, heldReservations }: State): boolean {
  const { toClients, toUpstream } = sockets ?? { toClients: 0, toUpstream: 0 };
  return toClients + toUpstream + heldReservations === 0;
}

async function readState({ server, upstreamPort }: Ours, db: Knex): Promise<State> {
  const memory = await ask<MemoryUse>(server.child, { type: 'memory' });
  const ports = { own: server.port, upstream: upstreamPort };
  const sockets = countSockets(server.child.pid ?? 0, ports);
  return { ...memory, sockets, heldReservations: await countHeld(db) };
}

function printStates(states: readonly (readonly [string, State])[]): void {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  printTable(
    [
      'the API process',
      'RSS MB',
      'heap MB',
      'sockets to clients',
      'to the upstream',
      'others',
      'reservations held',
    ],
    states.map(([when, { rssBytes, heapBytes, sockets, heldReservations }]) => [
      when,
      megabytes(rssBytes),
      megabytes(heapBytes),
      ...[sockets?.toClients, sockets?.toUpstream, sockets?.others].map((count) =>
        String(count ?? 'unknown'),
      ),
      String(heldReservations),
    ]),
  );
  console.log();
}
