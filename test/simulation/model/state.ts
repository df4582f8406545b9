// What the simulation believes the product's rows to be. Written from DESIGN 2, not from the product's code, and kept
// as simple as it can be: plain maps, so that it can be copied and the copy thrown away.
import type { DomainErrorCode } from '../../../domain/errors';
import type { Market } from './betting';
import { noTicks, type Ticks } from './depth';
import { newPool, type Asset, type Pool, type Supply } from './lending';
import type { Loss, Position } from './positions';
import type { Amendment, Order, Run, Trade } from './trading';

/** The model says no. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly code: DomainErrorCode) {
    super(code);
  }
}

export interface User {
  role: 'user' | 'operator';
  frozen: boolean;
  liveCalls: number;
  /** Who proposed to make them an operator. */
  proposedBy: string | null;
}

export interface Key {
  readonly userId: string;
  /** The handle of the key that made it; null: a session did. */
  readonly maker: string | null;
  /** null: no cap. */
  cap: bigint | null;
  spent: bigint;
  reserved: bigint;
  revoked: boolean;
  expired: boolean;
}

export interface Deposit {
  readonly userId: string | null;
  readonly account: string | null;
  readonly amount: bigint;
  readonly recordedBy: string | null;
  status: 'awaiting_second' | 'confirmed' | 'rejected' | 'reversed';
  /** Journal time; until then it may be spent but not redeemed. */
  redeemableFrom: number;
  fromTreasury: bigint;
  fromLosses: bigint;
}

export interface Redemption {
  readonly userId: string;
  readonly amount: bigint;
  readonly approvalsNeeded: number;
  status: 'pending' | 'awaiting_second' | 'approved' | 'rejected';
  firstApprover: string | null;
  decidedBy: string | null;
}

/** Base units of CREDIT per million tokens. */
export interface Prices {
  readonly input: bigint;
  readonly output: bigint;
}

export interface Version {
  readonly list: Prices;
  readonly cost: Prices;
  readonly maxInput: number;
  readonly maxOutput: number;
  readonly factorBps: bigint;
}

export interface Model {
  readonly versions: Version[];
  access: 'open' | 'imo';
  flagged: boolean;
}

export interface Channel {
  name: string;
  enabled: boolean;
  deleted: boolean;
  hasKey: boolean;
  origin: string;
}

export interface Offer {
  /** null: that of the price version. */
  cost: Prices | null;
  removed: boolean;
}

export interface Call {
  readonly userId: string;
  /** The key's handle. */
  readonly key: string | null;
  readonly processId: string;
  readonly modelId: string;
  readonly version: Version;
  readonly reserved: bigint;
  status: 'live' | 'settled' | 'released';
  charge: bigint | null;
  mined: bigint | null;
  excess: bigint | null;
}

export interface Burn {
  readonly kind: 'buyback' | 'prediction_fee' | 'bond';
  readonly amount: bigint;
  /** The run or the market. */
  readonly source: string;
}

export interface Unstake {
  readonly userId: string;
  readonly amount: bigint;
  readonly unlockAt: number;
  returned: boolean;
}

export interface State {
  /** Journal time, in milliseconds. It stands still during a step. */
  now: number;
  /** By the account's key: owner, purpose and asset. */
  readonly balances: Map<string, bigint>;
  /** Answers by actor and idempotency key. */
  readonly answers: Map<string, { readonly body: string; readonly text: string }>;
  /** How often the operators' log names an action. */
  readonly log: Map<string, number>;
  readonly users: Map<string, User>;
  /** By handle; the product makes the ids. */
  readonly keys: Map<string, Key>;
  /** By reference. */
  readonly deposits: Map<string, Deposit>;
  readonly redemptions: Map<string, Redemption>;
  /** Σ of the records, by noun. */
  readonly records: Map<string, bigint>;
  readonly models: Map<string, Model>;
  /** By handle. */
  readonly channels: Map<string, Channel>;
  /** By the channel's handle and the model. */
  readonly offers: Map<string, Offer>;
  readonly parameters: Map<string, { readonly value: unknown; readonly version: number }>;
  readonly calls: Map<string, Call>;
  /** Calls that this very batch reserved. */
  readonly newCalls: Set<string>;
  /** Users whom this very batch made operators. */
  readonly newOperators: Set<User>;
  /** Processes that were killed. */
  readonly dead: Set<string>;
  /** Processes whose heart has not beaten for too long. */
  readonly silent: Set<string>;
  /** All that was ever charged for calls. */
  charged: bigint;
  readonly orders: Order[];
  readonly trades: Trade[];
  /** By the id of the order that an amendment may lead to. */
  readonly amendments: Map<string, Amendment>;
  /** Orders that have come to the market. */
  arrivals: number;
  /** Credits for one LCO times 10^12, as the last tick computed it: an observation, not the model's. */
  mark: bigint | null;
  /** Cost that charges did not cover, of all settled calls. */
  shortfalls: bigint;
  /** Of that and of the corrections, what closes have moved to `upstream_cost`. */
  costMoved: bigint;
  readonly runs: Run[];
  /** Runs that operators wanted, which the worker hears of. */
  extraRuns: number;
  readonly burns: Burn[];
  readonly unstakes: Map<string, Unstake>;
  /** In the order in which they were proposed. */
  readonly markets: Map<string, Market>;
  readonly ticks: Ticks;
  readonly pools: Map<Asset, Pool>;
  /** By the asset and who has supplied it. */
  readonly supplies: Map<string, Supply>;
  readonly positions: Map<string, Position>;
  /** By the position. */
  readonly losses: Map<string, Loss>;
  /** What monitors of positions hear. */
  monitorsTold: number;
}

export function emptyState(): State {
  return {
    now: 0,
    balances: new Map(),
    answers: new Map(),
    log: new Map(),
    users: new Map(),
    keys: new Map(),
    deposits: new Map(),
    redemptions: new Map(),
    records: new Map(),
    models: new Map(),
    channels: new Map(),
    offers: new Map(),
    parameters: new Map(),
    calls: new Map(),
    newCalls: new Set(),
    newOperators: new Set(),
    dead: new Set(),
    silent: new Set(),
    charged: 0n,
    orders: [],
    trades: [],
    amendments: new Map(),
    arrivals: 0,
    mark: null,
    shortfalls: 0n,
    costMoved: 0n,
    runs: [],
    extraRuns: 0,
    burns: [],
    unstakes: new Map(),
    markets: new Map(),
    ticks: noTicks(),
    pools: new Map([
      ['CREDIT', newPool()],
      ['LCO', newPool()],
    ]),
    supplies: new Map(),
    positions: new Map(),
    losses: new Map(),
    monitorsTold: 0,
  };
}

/** Returns what makes all that trading and margin change as it is now again. */
export function remember(state: State): () => void {
  const { balances, orders, trades, pools, supplies, positions, losses } = state;
  // Flat copies, but for the histories: whole ones take as long as all the rest of a simulation.
  const ordersBefore = orders.map((order) => ({ ...order }));
  const tradesBefore = trades.length;
  const balancesBefore = new Map(balances);
  const poolsBefore = copied(pools);
  const suppliesBefore = copied(supplies);
  const lossesBefore = copied(losses);
  const positionsBefore = copied(positions);
  for (const [id, position] of positionsBefore) {
    positionsBefore.set(id, { ...position, history: [...position.history] });
  }
  return () => {
    orders.splice(0, orders.length, ...ordersBefore);
    trades.length = tradesBefore;
    putBack(balances, balancesBefore);
    putBack(pools, poolsBefore);
    putBack(supplies, suppliesBefore);
    putBack(positions, positionsBefore);
    putBack(losses, lossesBefore);
  };
}

function copied<Key, Value extends object>(map: Map<Key, Value>): Map<Key, Value> {
  return new Map([...map].map(([key, value]) => [key, { ...value }]));
}

function putBack<Key, Value>(map: Map<Key, Value>, before: Map<Key, Value>): void {
  map.clear();
  for (const [key, value] of before) map.set(key, value);
}

/** A refusal leaves all as it was. */
export function wholly<Result>(state: State, act: () => Result): Result {
  const undo = remember(state);
  try {
    return act();
  } catch (error) {
    undo();
    throw error;
  }
}

export function ofUser(userId: string, purpose: string, asset = 'CREDIT'): string {
  return `user/${userId}/${purpose}/${asset}`;
}

export function ofPlatform(purpose: string, asset = 'CREDIT'): string {
  return `platform/l-exchange/${purpose}/${asset}`;
}

export function ofPosition(
  positionId: string,
  purpose: 'holdings' | 'orders',
  asset: Asset,
): string {
  return `position/${positionId}/${purpose}/${asset}`;
}

export function ofMarket(marketId: string, purpose: 'pool' | 'bond'): string {
  return `prediction/${marketId}/${purpose}/LCO`;
}

export function balanceOf(state: State, account: string): bigint {
  return state.balances.get(account) ?? 0n;
}

const sources = [ofPlatform('reserve'), ofPlatform('losses'), ofPlatform('mint', 'LCO')];

/** Moves an amount; only where value comes from may a balance be below zero. */
export function move(state: State, from: string, to: string, amount: bigint): void {
  const left = balanceOf(state, from) - amount;
  if (amount < 0n || (left < 0n && !sources.includes(from))) {
    throw new Error(`the model would move ${amount} from ${from}, which has ${left + amount}`);
  }
  state.balances.set(from, left);
  state.balances.set(to, balanceOf(state, to) + amount);
}

/** To where nothing comes back from, with a record; its number. */
export function burn(state: State, from: string, record: Burn): number {
  move(state, from, ofPlatform('black_hole', 'LCO'), record.amount);
  return state.burns.push(record) - 1;
}

/** An operator's act is in the log. */
export function note(state: State, action: string): void {
  state.log.set(action, (state.log.get(action) ?? 0) + 1);
}

export function addRecord(state: State, noun: string, amount: bigint): void {
  state.records.set(noun, (state.records.get(noun) ?? 0n) + amount);
}

/** What names a request to the store of answers. */
export interface Keyed {
  readonly actor: string;
  readonly key: string;
  readonly body: string;
}

/** The stored answer of a repeat; a request with a new key is decided, and a refusal uses up no key. */
export function once(state: State, { actor, key, body }: Keyed, decide: () => string): string {
  const known = state.answers.get(`${actor} ${key}`);
  if (!known) {
    const text = decide();
    state.answers.set(`${actor} ${key}`, { body, text });
    return text;
  }
  if (known.body !== body) throw new Refusal('IDEMPOTENCY_MISMATCH');
  return `${known.text} (replayed)`;
}

export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

const largestAmount = 10n ** 17n;

export function requireAmount(amount: bigint): void {
  if (amount <= 0n || amount > largestAmount) throw new Refusal('AMOUNT_OUT_OF_RANGE');
}

/** Reasons, names, references: no blanks around them. */
export function requireLine(text: string): void {
  if (text === '' || text !== text.trim()) throw new Refusal('INVALID_REQUEST');
}
