// The model of staking (DESIGN 2.10): LCO are staked at once, and taken back after a while; what is staked gives a level.
import { windows } from '../cast';
import { requireActive, requireUser } from './people';
import { balanceOf, move, ofUser, Refusal, type State } from './state';

const lco = 10n ** 8n;
const mostUnstakes = 20;
const levels: readonly (readonly [level: string, thousands: bigint])[] = [
  ['Whale', 100n],
  ['Lv4', 50n],
  ['Lv3', 10n],
  ['Lv2', 1n],
];

/** Base units of LCO. */
export function stakedBy(state: State, userId: string): bigint {
  return balanceOf(state, ofUser(userId, 'staked', 'LCO'));
}

export function levelOf(state: State, userId: string): string {
  const staked = stakedBy(state, userId);
  return levels.find(([, thousands]) => staked >= thousands * 1_000n * lco)?.[0] ?? 'Lv1';
}

interface Amount {
  readonly userId: string;
  readonly amount: bigint;
}

export function stake(state: State, { userId, amount }: Amount): string {
  requireActive(state, userId);
  const available = ofUser(userId, 'available', 'LCO');
  if (amount < lco) throw new Refusal('AMOUNT_OUT_OF_RANGE');
  if (amount > balanceOf(state, available)) throw new Refusal('INSUFFICIENT_FUNDS');
  move(state, available, ofUser(userId, 'staked', 'LCO'), amount);
  return `${stakedBy(state, userId)} staked`;
}

/** Who is frozen may: it frees nothing yet. */
export function unstake(state: State, { id, userId, amount }: Amount & { id: string }): string {
  requireUser(state, userId);
  const staked = stakedBy(state, userId);
  if (amount > staked) throw new Refusal('INSUFFICIENT_FUNDS');
  if (amount <= 0n || (amount < lco && amount !== staked)) throw new Refusal('AMOUNT_OUT_OF_RANGE');
  const open = [...state.unstakes.values()].filter((one) => one.userId === userId && !one.returned);
  if (open.length >= mostUnstakes) throw new Refusal('OPEN_UNSTAKE_LIMIT');
  move(state, ofUser(userId, 'staked', 'LCO'), ofUser(userId, 'unbonding', 'LCO'), amount);
  const unlockAt = state.now + windows.unstakeCooldown;
  state.unstakes.set(id, { userId, amount, unlockAt, returned: false });
  return `${stakedBy(state, userId)} staked`;
}

/** Once, and not before its time. */
export function returnUnstaked(state: State, id: string): string {
  const unstaked = state.unstakes.get(id);
  if (!unstaked) throw new Refusal('UNSTAKE_NOT_FOUND');
  const { userId, amount, unlockAt, returned } = unstaked;
  if (returned) return 'returned, 0 to wait';
  if (state.now < unlockAt) return `unbonding, ${unlockAt - state.now} to wait`;
  move(state, ofUser(userId, 'unbonding', 'LCO'), ofUser(userId, 'available', 'LCO'), amount);
  unstaked.returned = true;
  return 'returned, 0 to wait';
}
