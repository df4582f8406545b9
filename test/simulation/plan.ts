// What happens in a simulation, drawn from the seed before any of it does: who asks what of which process, where the
// connection breaks, and who dies. It knows what was asked, never what became of it, so that a seed always gives the
// same plan.
import type { Fault } from '../support/fault-proxy';
import { grainMs, users } from './cast';
import { Random } from './random';
import * as buybacks from './requests/buybacks';
import * as calls from './requests/calls';
import * as channels from './requests/channels';
import * as deposits from './requests/deposits';
import * as keys from './requests/keys';
import * as lending from './requests/lending';
import * as making from './requests/making';
import * as margin from './requests/margin';
import { drawOpening } from './requests/opening';
import * as operators from './requests/operators';
import * as orders from './requests/orders';
import { setParameter } from './requests/parameters';
import * as time from './requests/passing-time';
import { decide } from './requests/prediction-acts';
import * as predictions from './requests/predictions';
import { publishPrice } from './requests/prices';
import * as redemptions from './requests/redemptions';
import { newMemory, type Draw, type Request } from './requests/request';
import { seedCatalogue } from './requests/set-up';
import * as staking from './requests/staking';
import * as treasury from './requests/treasury';

export const processCount = 3;
const mostRequests = 8;
const dayMs = 24 * 3_600_000;

/** Requests that one process gets in the same moment: one batch, in this order. */
export interface Burst {
  readonly process: number;
  readonly requests: readonly Request[];
  /** One after the other: the second comes while the first is being mended. */
  readonly faults: readonly Fault[];
}

export interface Step {
  /** Since the step before, in milliseconds. */
  readonly passedMs: number;
  /** Whether no more has passed than until a market's deadline, if there is one on the way: at one, time stands still. */
  readonly isOnTime: boolean;
  /** Two go to two processes at once. */
  readonly bursts: readonly Burst[];
  /** The process dies at the last fault; its clients ask another one again, in another order. */
  readonly death: Burst | undefined;
}

type Happening = Omit<Step, 'passedMs' | 'isOnTime'>;

type DrawRequest = (draw: Draw) => Request;

type Weighted = readonly (readonly [weight: number, draw: DrawRequest])[];

const ofMoney: Weighted = [
  [10, deposits.recordDeposit],
  [14, deposits.approveDeposit],
  [8, deposits.rejectDeposit],
  [4, deposits.reverseDeposit],
  [8, deposits.receivePayment],
  [5, deposits.chargeBack],
  [9, redemptions.requestRedemption],
  [6, redemptions.approveRedemption],
  [4, redemptions.rejectRedemption],
  [6, treasury.makeGrant],
  [4, treasury.payBill],
  [2, treasury.correctCost],
];

const ofPeople: Weighted = [
  [2, operators.freezeUser],
  [12, operators.unfreezeUser],
  [4, operators.changeRole],
];

const ofCatalogue: Weighted = [
  [6, publishPrice],
  [6, channels.createChannel],
  [5, channels.changeChannel],
  [3, channels.deleteChannel],
];

const ofCalls: Weighted = [
  [30, calls.reserveCall],
  [20, calls.settleCall],
  [6, calls.releaseCall],
];

const ofMarket: Weighted = [
  [30, orders.placeOrder],
  [6, orders.amendOrder],
  [6, orders.cancelOrder],
  [1, orders.cancelAllOrders],
  [5, orders.tick],
  [4, orders.executeStop],
];

const ofBuybacks: Weighted = [
  [2, buybacks.openWeekly],
  [2, buybacks.openExtra],
  [34, buybacks.advance],
  [9, buybacks.pauseOrResume],
];

const ofBets: Weighted = [
  [34, predictions.bet],
  [6, predictions.betTheHundredth],
  [4, staking.stake],
  [4, staking.unstake],
];

const ofPredictions: Weighted = [
  ...ofBets,
  [8, predictions.propose],
  [20, predictions.dispute],
  [16, predictions.advance],
  [30, decide],
];

const ofLending: Weighted = [
  [6, lending.supply],
  [7, lending.withdraw],
  [6, lending.seed],
  [3, lending.collectInterest],
];

const ofPositions: Weighted = [
  [60, margin.open],
  [7, margin.adjust],
  [8, margin.close],
  [7, margin.setTriggers],
  [6, margin.closeTriggered],
];

const ofLiquidations: Weighted = [
  [14, margin.liquidate],
  [11, margin.workOff],
];

const ofMaking: Weighted = [
  [12, making.quote],
  [8, minutesPassOnce],
];

const ofMargin: Weighted = [...ofLending, ...ofPositions, ...ofLiquidations, ...ofMaking];

/** Less often than what it stands among. */
function seldom(kinds: Weighted): Weighted {
  return kinds.map(([weight, draw]) => [weight / 3, draw]);
}

const again: Weighted = [[6, askAgain]];

/** What may share a batch with others, as often as its weight says. */
const together: Weighted = [
  ...ofMoney,
  ...ofPeople,
  ...ofCatalogue,
  ...ofCalls,
  ...ofMarket,
  ...ofBuybacks,
  ...ofPredictions,
  ...seldom(ofMargin),
  [5, setParameter],
  [12, askAgain],
];

/** All that happens in a moment, or only what is about the same, so that it meets in one batch. */
const themes: readonly (readonly [weight: number, kinds: Weighted])[] = [
  [5, together],
  [2, [...ofMoney, ...again]],
  [2, [...ofCalls, ...again]],
  [2, [...ofCatalogue, ...again]],
  [1, [...ofPeople, ...again]],
  [4, [...ofMarket, ...again, [1, setParameter]]],
  [5, [...ofBuybacks, ...ofMarket, ...again]],
  [8, [...ofPredictions, ...again, [1, setParameter]]],
  [3, [...ofBets, ...again]],
  [5, [...ofMargin, [3, orders.placeOrder], ...again, [1, setParameter]]],
  [2, [...ofPositions, ...ofMaking, ...again]],
  [5, [...ofLiquidations, ...ofMaking, [2, orders.placeOrder], [4, margin.open]]],
];

/** What goes to the committer only after it asked the database, or not at all: its place in a batch is not known. */
const alone: Weighted = [
  [12, keys.issueKey],
  [4, keys.revokeKey],
  [4, time.keyExpires],
  [2, calls.sweepCalls],
  [4, time.silenceOfTheDead],
  [4, time.stall],
  [4, time.beatAgain],
  [2, time.weekPasses],
  [4, seedCatalogue],
  [28, predictions.settle],
  [8, staking.returnUnstaked],
];

/** One tick a step, and the mark goes far rather seldom. */
function minutesPassOnce(draw: Draw): Request {
  return draw.memory.isTicked ? margin.liquidate(draw) : making.minutesPass(draw);
}

/** What was asked before, word for word: the answer was lost, or the client is careful. */
function askAgain({ random, memory }: Draw): Request {
  const earlier = memory.requests.filter(({ isRepeatable }) => isRepeatable);
  if (earlier.length === 0) return treasury.correctCost({ random, memory });
  // The newest are of the same batch.
  return random.pick(earlier.slice(-random.pick([2, 20, earlier.length])));
}

function drawRequest(draw: Draw, kinds: Weighted): Request {
  const request = draw.random.weighted(kinds)(draw);
  draw.memory.requests.push(request);
  return request;
}

function drawRequests(draw: Draw): Request[] {
  if (draw.memory.isSweepDue && draw.random.chance(0.5)) return [calls.sweepCalls(draw)];
  if (draw.random.chance(0.25)) return [drawRequest(draw, alone)];
  return drawBurst(draw);
}

function drawBurst(draw: Draw): Request[] {
  const { random, memory } = draw;
  memory.focus = random.chance(0.4) ? random.pick(users) : null;
  const kinds = random.weighted(themes);
  const count = random.between(1, mostRequests);
  return Array.from({ length: count }, () => drawRequest(draw, kinds));
}

/** At any statement of an attempt, of which there are up to thirty or so, and at the commit rather often. */
function drawFault({ random }: Draw): Fault {
  return {
    kind: random.pick(['lost', 'unanswered']),
    statement: random.chance(0.35) ? 'commit' : random.between(1, 24),
  };
}

/** What mends a broken connection asks little before it goes on: a session, the head, whether the batch is there. */
function drawFaults(draw: Draw): Fault[] {
  const first = drawFault(draw);
  if (draw.random.chance(0.7)) return [first];
  const kind = draw.random.pick(['lost', 'unanswered'] as const);
  return [first, { kind, statement: draw.random.between(1, 6) }];
}

/** Nothing rather often, so that what happens at a moment and what happens before it meet. */
function drawPassing({ random }: Draw): Pick<Step, 'passedMs' | 'isOnTime'> {
  // Interest takes its time; what is due on the way is not missed.
  if (random.chance(0.015)) return { passedMs: random.between(1, 20) * dayMs, isOnTime: true };
  const grains = random.weighted([
    [3, 0],
    [3, 1],
    [3, 2],
    [2, 4],
    [1, 10],
  ]);
  return { passedMs: grains * grainMs, isOnTime: random.chance(0.6) };
}

function drawTwo(draw: Draw): Happening {
  const [first = 0, second = 0] = draw.random.shuffle([...Array(processCount).keys()]);
  const bursts = [first, second].map((process) => ({
    process,
    requests: drawBurst(draw),
    faults: draw.random.chance(0.2) ? drawFaults(draw) : [],
  }));
  return { bursts, death: undefined };
}

function drawDeath(draw: Draw): Happening {
  const [process = 0, heir = 0] = draw.random.shuffle([...Array(processCount).keys()]);
  const requests = drawRequests(draw);
  const again = requests.map((request) => request.renew?.(draw) ?? request);
  return {
    bursts: [{ process, requests, faults: drawFaults(draw) }],
    death: {
      process: heir,
      requests: draw.random.shuffle(again),
      faults: draw.random.chance(0.2) ? drawFaults(draw) : [],
    },
  };
}

function drawOne(draw: Draw, faults: readonly Fault[]): Happening {
  const process = draw.random.between(0, processCount - 1);
  return { bursts: [{ process, requests: drawRequests(draw), faults }], death: undefined };
}

/** The steps of a seed, without end. */
export function* planSteps(seed: number): Generator<Step, never> {
  const draw = { random: new Random(seed), memory: newMemory() };
  const shapes: readonly (readonly [weight: number, draw: () => Happening])[] = [
    [55, () => drawOne(draw, [])],
    [20, () => drawOne(draw, drawFaults(draw))],
    [12, () => drawDeath(draw)],
    [13, () => drawTwo(draw)],
  ];
  for (const requests of drawOpening(draw)) {
    const bursts = [{ process: 0, requests, faults: [] }];
    draw.memory.isTicked = false;
    yield { bursts, death: undefined, ...drawPassing(draw) };
  }
  for (;;) {
    draw.memory.isTicked = false;
    yield { ...drawPassing(draw), ...draw.random.weighted(shapes)() };
  }
}

function burstText({ process, requests, faults }: Burst): string {
  const broken = faults.map(({ kind, statement }) => `, ${kind} at ${statement}`);
  return `process ${process}${broken.join('')}: ${requests.map(({ text }) => text).join('; ')}`;
}

/** A step in words. */
export function stepText({ bursts, death, passedMs, isOnTime }: Step): string {
  const asked = `${passedMs} ms later${isOnTime ? ' at most' : ''} ${bursts.map(burstText).join(' | at once ')}`;
  return death ? `${asked} | it dies there, again ${burstText(death)}` : asked;
}
