// The model of governed parameters: bounds, versions, compare and set (DESIGN 2.11). A few stand for all.
import { Refusal, type State } from './state';

const levels = ['Lv1', 'Lv2', 'Lv3', 'Lv4', 'Whale'];

type Check = (value: unknown) => boolean;

function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

/** Base units of a plain decimal. */
function unitsOf(text: string): bigint {
  const [whole = '', decimals = ''] = text.split('.');
  return BigInt(whole + decimals.padEnd(8, '0'));
}

function isAmount(value: unknown, least: string, most: string): boolean {
  const units = unitsOf(String(value));
  return units >= unitsOf(least) && units <= unitsOf(most);
}

const checks: Readonly<Record<string, Check>> = {
  'relay.defaultMaxOutput': (value) => isWithin(value, 256, 131_072),
  'predictions.feeBps': (value) => isWithin(value, 0, 1_000),
  'exchange.makerFeeBps': (value) => isWithin(value, 0, 50),
  'exchange.takerFeeBps': (value) => isWithin(value, 0, 100),
  'buyback.slices': (value) => isWithin(value, 1, 24),
  'exchange.marketBandBps': (value) => isWithin(value, 100, 5_000),
  'mark.impactNotional': (value) => isAmount(value, '50', '50000'),
  'margin.minCollateral': (value) => isAmount(value, '1', '10000'),
  'margin.maintenanceBps': (value) => isWithin(value, 800, 1_200),
  'margin.safeBps': (value) => isWithin(value, 1_250, 1_500),
  'margin.takeoverBps': (value) => isWithin(value, 400, 750),
  'margin.reserveTakeoverCap': (value) => isWithin(value, 0, 20),
  'margin.treasuryBackstop': (value) => isAmount(value, '0', '1000000'),
  'lending.baseRateBps': (value) => isWithin(value, 0, 1_000),
  'lending.kinkUtilisationBps': (value) => isWithin(value, 5_000, 8_500),
  'lending.kinkRateBps': (value) => isWithin(value, 1_000, 5_000),
  'lending.fullRateBps': (value) => isWithin(value, 5_000, 30_000),
  'tiers.concurrency': (value) => {
    const slots = value as Readonly<Record<string, number>>;
    const inOrder = levels.map((level) => slots[level] ?? 0);
    const isRising = inOrder.every((slot, i) => i === 0 || slot >= (inOrder[i - 1] ?? 0));
    return isRising && inOrder.every((slot) => isWithin(slot, 1, 10_000));
  },
};

export function versionOf(state: State, name: string): number {
  return state.parameters.get(name)?.version ?? 1;
}

interface SetParameter {
  readonly name: string;
  readonly value: unknown;
  readonly expectedVersion: number;
}

export function setParameter(state: State, { name, value, expectedVersion }: SetParameter): string {
  const isGood = checks[name];
  if (!isGood) throw new Refusal('PARAMETER_NOT_FOUND');
  if (!isGood(value)) throw new Refusal('PARAMETER_OUT_OF_BOUNDS');
  const version = versionOf(state, name);
  if (version !== expectedVersion) throw new Refusal('STATE_CONFLICT');
  state.parameters.set(name, { value, version: version + 1 });
  return `version ${version + 1}`;
}

export function defaultMaxOutputOf(state: State): number {
  return Number(state.parameters.get('relay.defaultMaxOutput')?.value ?? 8_192);
}

/** Calls at once of somebody who stakes nothing. */
export function concurrencyOf(state: State): number {
  const slots = state.parameters.get('tiers.concurrency')?.value as { Lv1: number } | undefined;
  return slots?.Lv1 ?? 5;
}

/** Of a run that is opened now. */
export function slicesOf(state: State): number {
  return Number(state.parameters.get('buyback.slices')?.value ?? 4);
}

function bpsOf(state: State, name: string, usual: number): number {
  return Number(state.parameters.get(name)?.value ?? usual);
}

/** What an order keeps from the moment that it comes in. */
export function orderRatesOf(state: State) {
  return {
    makerBps: bpsOf(state, 'exchange.makerFeeBps', 0),
    takerBps: bpsOf(state, 'exchange.takerFeeBps', 10),
    bandBps: bpsOf(state, 'exchange.marketBandBps', 1_000),
  };
}

/** Of a market that is approved now, in ten-thousandths of what a bet wins. */
export function predictionFeeOf(state: State): number {
  return bpsOf(state, 'predictions.feeBps', 500);
}

function amountOf(state: State, name: string, usual: string): bigint {
  const value = state.parameters.get(name)?.value as string | undefined;
  return unitsOf(value ?? usual);
}

/** How deep a side of the book must be for its price to count; base units of CREDIT. */
export function impactNotionalOf(state: State): bigint {
  return amountOf(state, 'mark.impactNotional', '500');
}

export function minCollateralOf(state: State): bigint {
  return amountOf(state, 'margin.minCollateral', '10');
}

/** What a position keeps from its opening. */
export function marginRatiosOf(state: State) {
  return {
    maintenanceBps: bpsOf(state, 'margin.maintenanceBps', 1_000),
    safeBps: bpsOf(state, 'margin.safeBps', 1_250),
    takeoverBps: bpsOf(state, 'margin.takeoverBps', 670),
  };
}

/** So many times its Credits the reserve may take over. */
export function takeoverCapOf(state: State): bigint {
  return BigInt(bpsOf(state, 'margin.reserveTakeoverCap', 5));
}

/** What the treasury pays of bad debt, ever. */
export function backstopOf(state: State): bigint {
  return amountOf(state, 'margin.treasuryBackstop', '10000');
}

/** Basis points a year, and of what a pool has. */
export function lendingRatesOf(state: State) {
  return {
    base: BigInt(bpsOf(state, 'lending.baseRateBps', 200)),
    kink: BigInt(bpsOf(state, 'lending.kinkUtilisationBps', 7_000)),
    atKink: BigInt(bpsOf(state, 'lending.kinkRateBps', 1_200)),
    full: BigInt(bpsOf(state, 'lending.fullRateBps', 10_000)),
  };
}
