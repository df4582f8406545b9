// The model of relay calls: reserved, then settled or released, once; what was charged mines (DESIGN 2.2, 2.3).
import { costOf } from './catalog';
import { leftOf } from './keys';
import { concurrencyOf, defaultMaxOutputOf } from './parameters';
import { requireActive, requireUser } from './people';
import {
  balanceOf,
  move,
  ofPlatform,
  ofUser,
  Refusal,
  smaller,
  type Call,
  type Key,
  type Prices,
  type State,
  type Version,
} from './state';

/** ceil(tokens x price / a million) */
function priceOf(input: bigint, output: bigint, prices: Prices): bigint {
  return (input * prices.input + output * prices.output + 999_999n) / 1_000_000n;
}

/** E(C), epoch by epoch: the k-th takes 2^k times 100,000 Credits and gives a million LCO. */
function emitted(charged: bigint): bigint {
  let left = charged;
  let minted = 0n;
  for (let k = 0n; k < 10n; k++) {
    const taken = smaller(left, (10n ** 13n) << k);
    minted += (taken * 10n) >> k;
    left -= taken;
  }
  return minted;
}

export interface ReserveCall {
  readonly id: string;
  readonly userId: string;
  /** The key's handle. */
  readonly key: string | null;
  readonly processId: string;
  readonly modelId: string;
  readonly textTokens: number;
  readonly choices: number;
  readonly asked: number | null;
}

interface Bound {
  readonly reserved: bigint;
  readonly limit: number;
  readonly clamped: boolean;
}

function requireVersion(state: State, modelId: string): Version {
  const model = state.models.get(modelId);
  const version = model?.versions.at(-1);
  if (!model || !version) throw new Refusal('MODEL_NOT_FOUND');
  return version;
}

function requireKey(state: State, handle: string | null): Key | null {
  if (handle === null) return null;
  const key = state.keys.get(handle);
  if (!key || key.revoked) throw new Refusal('API_KEY_REVOKED');
  if (key.expired) throw new Refusal('API_KEY_EXPIRED');
  return key;
}

function limitOf(state: State, { asked, textTokens }: ReserveCall, version: Version): number {
  if (textTokens > version.maxInput) throw new Refusal('INVALID_REQUEST');
  if (asked === null) return Math.min(version.maxOutput, defaultMaxOutputOf(state));
  if (asked > version.maxOutput) throw new Refusal('INVALID_REQUEST');
  return asked;
}

/** The largest limit of output up to the asked one that the funds afford; 16 tokens are the least. */
function boundBy(
  funds: bigint,
  limit: number,
  reservationOf: (limit: number) => bigint,
): Bound | undefined {
  if (reservationOf(limit) <= funds)
    return { reserved: reservationOf(limit), limit, clamped: false };
  let [affordable, tooMuch] = [-1, limit];
  while (tooMuch - affordable > 1) {
    const middle = Math.floor((affordable + tooMuch) / 2);
    if (reservationOf(middle) <= funds) affordable = middle;
    else tooMuch = middle;
  }
  if (affordable < Math.min(16, limit)) return undefined;
  return { reserved: reservationOf(affordable), limit: affordable, clamped: true };
}

/**
 * What a user has reserved by processes that others think dead. A call of the same batch is not among them: who
 * thinks its process dead while it is asking will see so at the next batch.
 */
function deadCallsOf(state: State, userId: string): Call[] {
  return [...state.calls]
    .filter(
      ([id, call]) => call.userId === userId && isDead(state, call) && !state.newCalls.has(id),
    )
    .map(([, call]) => call);
}

function isDead(state: State, { status, processId }: Call): boolean {
  return status === 'live' && state.silent.has(processId);
}

function sumOf(calls: readonly Call[]): bigint {
  return calls.reduce((sum, { reserved }) => sum + reserved, 0n);
}

/** The bound within slots, balance and cap as they are once the given dead calls are released. */
function boundWithin(
  state: State,
  request: ReserveCall,
  version: Version,
  released: readonly Call[],
): Bound | Refusal {
  const limit = limitOf(state, request, version);
  const user = requireUser(state, request.userId);
  if (user.liveCalls - released.length >= concurrencyOf(state)) {
    return new Refusal('CONCURRENCY_LIMIT');
  }
  // Nobody holds quota here.
  if (state.models.get(request.modelId)?.access === 'imo') return new Refusal('IMO_QUOTA_REQUIRED');
  const { key: handle, textTokens, choices } = request;
  const available = balanceOf(state, ofUser(request.userId, 'available')) + sumOf(released);
  const ofKey = released.filter((call) => call.key === handle);
  const key = handle === null ? undefined : state.keys.get(handle);
  const keyLeft = key ? leftOf(key) : null;
  const capLeft = keyLeft === null ? available : keyLeft + sumOf(ofKey);
  const input = (BigInt(textTokens) * version.factorBps + 9_999n) / 10_000n;
  const bound = boundBy(smaller(available, capLeft), limit, (output) =>
    priceOf(input, BigInt(choices * output), version.list),
  );
  return bound ?? new Refusal(capLeft < available ? 'API_KEY_CAP_EXCEEDED' : 'INSUFFICIENT_FUNDS');
}

export function reserveCall(state: State, request: ReserveCall): string {
  const { id, userId, key: handle, processId, modelId } = request;
  const version = requireVersion(state, modelId);
  const user = requireActive(state, userId);
  const key = requireKey(state, handle);
  let dead: Call[] = [];
  let bound = boundWithin(state, request, version, dead);
  if (bound instanceof Refusal || bound.clamped) {
    // A limit that calls of dead processes may be filling: those are released first.
    dead = deadCallsOf(state, userId);
    bound = boundWithin(state, request, version, dead);
  }
  if (bound instanceof Refusal) throw bound;
  for (const call of dead) release(state, call);
  const { reserved, limit, clamped } = bound;
  move(state, ofUser(userId, 'available'), ofUser(userId, 'relay'), reserved);
  user.liveCalls++;
  if (key) key.reserved += reserved;
  state.newCalls.add(id);
  state.calls.set(id, {
    userId,
    key: handle,
    processId,
    modelId,
    version,
    reserved,
    status: 'live',
    charge: null,
    mined: null,
    excess: null,
  });
  return `${reserved} for ${limit}${clamped ? ' clamped' : ''}`;
}

function endCall(state: State, call: Call, spent: bigint): void {
  requireUser(state, call.userId).liveCalls--;
  const key = call.key === null ? undefined : state.keys.get(call.key);
  if (!key) return;
  key.reserved -= call.reserved;
  key.spent += spent;
}

function release(state: State, call: Call): void {
  call.status = 'released';
  move(state, ofUser(call.userId, 'relay'), ofUser(call.userId, 'available'), call.reserved);
  endCall(state, call, 0n);
}

function requireLive(state: State, id: string): Call {
  const call = state.calls.get(id);
  if (call?.status !== 'live') throw new Refusal('RESERVATION_ENDED');
  return call;
}

export interface SettleCall {
  readonly id: string;
  /** The channel's handle. */
  readonly channel: string;
  /** null: nobody could count. */
  readonly usage: { readonly input: number; readonly output: number } | null;
}

export function settleCall(state: State, { id, channel, usage }: SettleCall): string {
  const known = state.calls.get(id);
  if (known?.status === 'settled') return settlementOf(known);
  const call = requireLive(state, id);
  const { userId, modelId, version, reserved } = call;
  const used = priceOf(BigInt(usage?.input ?? 0), BigInt(usage?.output ?? 0), version.list);
  const owed = priceOf(
    BigInt(usage?.input ?? 0),
    BigInt(usage?.output ?? 0),
    costOf(state, channel, modelId, version),
  );
  const charge = usage === null ? reserved : smaller(used, reserved);
  const payable = smaller(charge, owed);
  const mined = emitted(state.charged + charge) - emitted(state.charged);
  const held = ofUser(userId, 'relay');
  move(state, held, ofPlatform('upstream_cost'), payable);
  move(state, held, ofPlatform('revenue'), charge - payable);
  move(state, held, ofUser(userId, 'available'), reserved - charge);
  move(state, ofPlatform('mint', 'LCO'), ofUser(userId, 'available', 'LCO'), mined);
  state.charged += charge;
  state.shortfalls += owed - payable;
  endCall(state, call, charge);
  const excess = usage === null ? 0n : used - charge;
  const model = state.models.get(modelId);
  if (model && excess > 0n) model.flagged = true;
  Object.assign(call, { status: 'settled', charge, mined, excess });
  return settlementOf(call);
}

function settlementOf({ charge, mined, excess }: Call): string {
  return `charged ${charge}, mined ${mined}, excess ${excess}`;
}

export function releaseCall(state: State, id: string): string {
  const call = requireLive(state, id);
  release(state, call);
  return `released ${call.reserved}`;
}

/** Gives back what the processes hold whose heart has stopped. */
export function sweep(state: State): string {
  const dead = [...state.calls.values()].filter((call) => isDead(state, call));
  for (const call of dead) release(state, call);
  return `swept ${dead.length}`;
}
