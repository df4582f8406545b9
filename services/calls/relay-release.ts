// Ending a reservation without a charge: an upstream that failed before any byte, and the sweep that gives back
// what a dead process held (DESIGN 2.2, faults). The platform bears its own crash.
import type { Knex } from 'knex';
import type { Committer } from '../../ledger/committer';
import {
  putRow,
  rowKey,
  type Command,
  type Keys,
  type RowWrite,
  type Transfer,
  type View,
} from '../../ledger/command';
import { defineLookup } from '../../ledger/table';
import {
  availableCredits,
  callKeys,
  endLiveCall,
  fundsOf,
  nonZero,
  relayCalls,
  requireLiveCall,
  reservationEnded,
  reservedCredits,
  reservedOfUser,
  type CallName,
  type RelayCall,
} from './relay-calls';
import { deadAfterMs, heartbeats, isDead } from './relay-processes';
import { releaseQuota } from '../imos/quota';
import { keyStates, requireUser, userStates } from '../identity/user-state';

function releaseTransfer(call: RelayCall): Transfer[] {
  const { source, held } = fundsOf(call);
  const entries = nonZero([
    { account: held, amount: -call.reserved },
    { account: source, amount: call.reserved },
  ]);
  return entries.length > 0 ? [{ kind: 'relay_release', reference: call.id, entries }] : [];
}

function releasedRow(call: RelayCall, at: number, ending: string): RowWrite {
  return putRow(relayCalls, { ...call, status: 'released', endedAt: at, ending });
}

/** What giving a call back reads. */
export function releaseKeys(name: CallName): Required<Keys> {
  return {
    accounts: [availableCredits(name.userId), reservedCredits(name.userId)],
    rows: callKeys(name),
  };
}

/** Gives the reservation of a live call back in full. `ending` says why, for operators. */
export function releaseLiveCall(view: View, call: RelayCall, ending: string) {
  return {
    transfers: releaseTransfer(call),
    rows: [
      releasedRow(call, view.at, ending),
      ...endLiveCall(view, call, 0n),
      ...releaseQuota(view, [call]),
    ],
  };
}

/** For the process that reserved it. Refuses RESERVATION_ENDED also for a call that it has handed over to a workflow. */
export const releaseCall: Command<CallName & { ending: string }, { released: bigint }> = {
  kind: 'relay_release',
  keys: releaseKeys,
  decide(view, { callId, ending }) {
    const call = requireLiveCall(view, callId);
    if (call.processId === null) throw reservationEnded();
    return { ...releaseLiveCall(view, call, ending), result: { released: call.reserved } };
  },
};

/** The live calls of a user whose processes were silent when the batch looked; decisions check each again. */
const deadCallsOfUser = defineLookup<{ readonly callIds: readonly string[] }>({
  name: 'dead calls',
  keyType: 'uuid',
  sql: /* sql */ `
    select c.user_id as key, json_agg(c.id) as "callIds"
    from relay_calls c
    left join relay_processes p on p.id = c.process_id
    where c.status = 'live' and c.process_id is not null and c.user_id = any($1::uuid[])
      and (p.id is null or p.beat_at < clock_timestamp() - interval '${deadAfterMs} milliseconds')
    group by c.user_id`,
});

export interface Reclaimed {
  readonly transfers: readonly Transfer[];
  readonly calls: readonly RelayCall[];
  /** Of the user's own Credits. */
  readonly amount: bigint;
}

/** What a user gets back of calls whose processes died, asked only where limits or funds are short. */
export function reclaimDeadCalls(view: View, userId: string): Reclaimed {
  const callIds = view.row(deadCallsOfUser, userId)?.callIds ?? [];
  const calls = view
    .rows(relayCalls, callIds)
    .filter((call): call is RelayCall & { processId: string } => {
      return call?.status === 'live' && call.processId !== null;
    });
  view.rows(
    heartbeats,
    calls.map((call) => call.processId),
  );
  const dead = calls.filter((call) => isDead(view.row(heartbeats, call.processId), view.at));
  return {
    transfers: dead.flatMap(releaseTransfer),
    calls: dead,
    amount: dead.reduce((sum, call) => sum + reservedOfUser(call), 0n),
  };
}

/** The rows of calls that end together, all of one user. */
export function releaseRows(view: View, calls: readonly RelayCall[]): RowWrite[] {
  const [first] = calls;
  if (!first) return [];
  const user = requireUser(view, first.userId);
  const keyIds = [...new Set(calls.flatMap(({ keyId }) => (keyId === null ? [] : [keyId])))];
  return [
    ...calls.map((call) => releasedRow(call, view.at, 'process_died')),
    putRow(userStates, { ...user, liveCalls: user.liveCalls - calls.length }),
    ...releaseQuota(view, calls),
    ...keyIds.flatMap((keyId) => {
      const key = view.row(keyStates, keyId);
      if (!key) return [];
      const held = calls
        .filter((call) => call.keyId === keyId)
        .reduce((sum, call) => sum + reservedOfUser(call), 0n);
      return [putRow(keyStates, { ...key, reserved: key.reserved - held })];
    }),
  ];
}

/** Releases what dead processes hold of one user. */
const sweepUser: Command<{ userId: string }, { released: number }> = {
  kind: 'relay_sweep',
  keys: ({ userId }) => ({
    accounts: [availableCredits(userId), reservedCredits(userId)],
    rows: [rowKey(userStates, userId), rowKey(deadCallsOfUser, userId)],
  }),
  decide(view, { userId }) {
    const reclaimed = reclaimDeadCalls(view, userId);
    return {
      transfers: reclaimed.transfers,
      rows: releaseRows(view, reclaimed.calls),
      result: { released: reclaimed.calls.length },
    };
  },
};

const usersWithDeadCallsSql = /* sql */ `
  select distinct c.user_id as "userId"
  from relay_calls c
  left join relay_processes p on p.id = c.process_id
  where c.status = 'live' and c.process_id is not null
    and (p.id is null or p.beat_at < clock_timestamp() - ?::int * interval '1 millisecond')`;

/** Releases the reservations of dead processes, of all users; returns how many there were. */
export async function sweepReservations(db: Knex, committer: Committer): Promise<number> {
  const { rows } = await db.raw<{ rows: { userId: string }[] }>(usersWithDeadCallsSql, [
    deadAfterMs,
  ]);
  const outcomes = await Promise.all(
    rows.map(({ userId }) => committer.submit(sweepUser, { userId }, { actor: 'sweep' })),
  );
  // A process that is gone for good leaves no row behind once nothing of it is live.
  await db.raw(
    `delete from relay_processes p where p.beat_at < clock_timestamp() - interval '1 hour'
     and not exists (select 1 from relay_calls c where c.status = 'live' and c.process_id = p.id)`,
  );
  return outcomes.reduce((sum, { result }) => sum + result.released, 0);
}
