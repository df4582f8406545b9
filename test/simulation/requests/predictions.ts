// Prediction markets, as who bets asks for them, and the steps that time brings.
import { parseAmount } from '../../../domain/money';
import { deriveId } from '../../../ledger/ids';
import type { Caller } from '../../../services/identity/caller';
import type { MarketStanding, Predictions } from '../../../services/predictions/predictions';
import { fickleOperator, grainMs, nameOf, patron, unknownId } from '../cast';
import { figuresOf, otherOf, sharesFor, sides, type Market, type Side } from '../model/betting';
import * as model from '../model/predictions';
import { balanceOf, ofUser, type State } from '../model/state';
import type { SimulatedProcess } from '../processes';
import {
  amountText,
  drawIdempotencyKey,
  drawReason,
  keyedRequest,
  pickRecent,
  pickUser,
  resolveAmount,
  type Amount,
  type Draw,
  type KeyedAct,
  type Request,
} from './request';

const lco = 10n ** 8n;
/** A hundredth of M is staked exactly where M less the stake is so many times the stake. */
const ninetyNine = 99n;

/** What its answers tell: what came next when they were given. */
export function tell({ revision, next }: MarketStanding): string {
  return `${revision}: ${next.kind} in ${next.waitMs}`;
}

/** Who stakes bets more than others, so that a level changes between a bet and what is paid for it. */
function pickBettor(draw: Draw): string {
  if (draw.random.chance(0.2)) return patron;
  return pickUser(draw, [fickleOperator, fickleOperator]);
}

/** 100 LCO at least. */
function drawSeed({ random }: Draw): bigint {
  return random.weighted([
    [12, random.magnitude(11, 11)],
    [4, random.magnitude(12, 12)],
    [3, 100n * lco],
    [1, 100n * lco - 1n],
    [1, 10n ** 14n],
  ]);
}

export function propose(draw: Draw): Request {
  const { random, memory } = draw;
  const userId = pickBettor(draw);
  const seed = drawSeed(draw);
  const grains = random.weighted([
    [14, random.between(40, 150)],
    [1, random.between(-1, 2)],
  ]);
  const question = random.chance(0.03) ? ' Blank?' : 'Will it rain?';
  const text = `${nameOf(userId)} proposes "${question}" with ${seed}, closing in ${grains} grains`;
  const key = drawIdempotencyKey(draw, userId);
  const id = deriveId('prediction', userId, key);
  memory.markets.push(id);
  const bind = ({ now }: State): KeyedAct => {
    const closesAt = now + grains * grainMs;
    const written = { question, rules: 'As it is.', source: 'The sky', tags: ['rain'] };
    return {
      async send({ services }, caller) {
        const proposal = { ...written, closesAt, seed };
        const { result, replayed } = await services.predictions.propose(caller, proposal);
        const shares = parseAmount(result.pool.yes.shares);
        return { told: `${result.id} ${result.status}, ${shares} on each side`, replayed };
      },
      decide: (state) => model.propose(state, { id, userId, question, closesAt, seed }),
    };
  };
  return keyedRequest(draw, userId, text, bind, key);
}

/** Which of the markets that a client looks for it takes: the same one in most requests of a moment. */
export interface Choice {
  readonly place: number;
  readonly fallback: string;
  /** Whether it does not look at all. */
  readonly isBlind: boolean;
  /** Whether it does not look at the time. */
  readonly isLate: boolean;
}

export function drawChoice(draw: Draw): Choice {
  const { random, memory } = draw;
  return {
    place: random.pick([0, 0, 0, 0, 0, 1, 1, 2]),
    fallback: pickRecent(draw, memory.markets, unknownId),
    isBlind: random.chance(0.04),
    isLate: random.chance(0.12),
  };
}

type Wish = (market: Market) => boolean;

function pick({ place, fallback }: Choice, wanted: readonly Market[]): string {
  return (wanted[place % Math.max(1, wanted.length)] ?? { id: fallback }).id;
}

/** Of the first that are wanted, or else one that may be anything. */
export function choose({ markets }: State, choice: Choice, isWanted: Wish): string {
  return pick(choice, choice.isBlind ? [] : [...markets.values()].filter(isWanted));
}

/** Of those that stand so, until the very moment at which time brings what comes next; at that moment before others. */
export function chooseInTime(state: State, choice: Choice, isWanted: Wish): string {
  if (choice.isBlind || choice.isLate) return choose(state, choice, isWanted);
  const wanted = [...state.markets.values()].filter(isWanted);
  const left = (market: Market) => model.nextOf(market)[1] - state.now;
  const last = wanted.filter((market) => left(market) === 0);
  return pick(choice, last.length > 0 ? last : wanted.filter((market) => left(market) > 0));
}

export function choiceText({ place, fallback, isBlind }: Choice): string {
  return isBlind ? fallback : `number ${place} or ${fallback}`;
}

function drawStake({ random }: Draw): Amount {
  return random.weighted<Amount>([
    [30, random.magnitude(9, 11)],
    [6, random.magnitude(12, 12)],
    [4, lco],
    [2, lco - 1n],
    [1, 0n],
    [1, { allAnd: random.pick([0n, 1n]) }],
  ]);
}

interface Drawn {
  readonly userId: string;
  readonly side: Side;
  /** More or less than what the odds promise now; null: any number will do. */
  readonly atLeast: bigint | null;
}

function drawBet(draw: Draw): Drawn {
  const { random } = draw;
  return {
    userId: pickBettor(draw),
    side: random.pick(sides),
    atLeast: random.pick([null, null, null, 0n, 0n, 1n, -1n, -lco]),
  };
}

function sendBet(
  id: string,
  { userId, side, atLeast }: Drawn,
  stake: bigint,
  before: State,
): KeyedAct {
  const market = before.markets.get(id);
  const isPromised = atLeast !== null && market !== undefined && stake > 0n;
  const promised = isPromised ? sharesFor(figuresOf(market), side, stake) + atLeast : null;
  const minShares = promised !== null && promised > 0n ? promised : null;
  return {
    async send({ services }: SimulatedProcess, caller: Caller) {
      const request = { marketId: id, side, stake, minShares };
      const { result, replayed } = await services.predictions.bet(caller, request);
      const { number, shares } = result.lot;
      const bought = `lot ${number}: ${parseAmount(shares)}`;
      return { told: `${bought}, ${parseAmount(result.pool.staked)} in all`, replayed };
    },
    decide: (state) => model.bet(state, { id, userId, side, stake, minShares }),
  };
}

function isOpen({ status }: Market): boolean {
  return status === 'open';
}

export function bet(draw: Draw): Request {
  const drawn = drawBet(draw);
  const stake = drawStake(draw);
  const choice = drawChoice(draw);
  const { userId, side, atLeast } = drawn;
  const text = `${nameOf(userId)} bets ${amountText(stake)} on ${side} of ${choiceText(choice)}, shares ${atLeast}`;
  return keyedRequest(draw, userId, text, (before) => {
    const id = chooseInTime(before, choice, isOpen);
    const available = balanceOf(before, ofUser(userId, 'available', 'LCO'));
    return sendBet(id, drawn, resolveAmount(stake, available), before);
  });
}

/** The side on which others have staked less than a hundredth of M. */
function thinSideOf(market: Market): Side | undefined {
  const { staked, others } = figuresOf(market);
  return sides.find((side) => others[side] * 100n < staked);
}

/**
 * What makes the stakes of others on a thin side exactly a hundredth of M; where no stake does, one on the other side
 * after which there is one.
 */
function hundredthOf(market: Market, thin: Side): { readonly side: Side; readonly stake: bigint } {
  const { staked, others } = figuresOf(market);
  const missing = staked - 100n * others[thin];
  const stake = missing / ninetyNine;
  if (missing % ninetyNine === 0n && stake >= lco) return { side: thin, stake };
  const over = (missing + lco) % ninetyNine;
  return { side: otherOf(thin), stake: lco + ((ninetyNine - over) % ninetyNine) };
}

export function betTheHundredth(draw: Draw): Request {
  const userId = pickBettor(draw);
  const choice = drawChoice(draw);
  const text = `${nameOf(userId)} bets the hundredth of ${choiceText(choice)}`;
  return keyedRequest(draw, userId, text, (before) => {
    const isWanted = (market: Market) =>
      isOpen(market) && market.proposerId !== userId && thinSideOf(market) !== undefined;
    const id = chooseInTime(before, choice, isWanted);
    const market = before.markets.get(id);
    const thin = market && thinSideOf(market);
    const { side, stake } = thin ? hundredthOf(market, thin) : { side: 'no' as const, stake: lco };
    return sendBet(id, { userId, side, atLeast: null }, stake, before);
  });
}

export function dispute(draw: Draw): Request {
  const userId = pickBettor(draw);
  const choice = drawChoice(draw);
  const evidence = drawReason(draw);
  const text = `${nameOf(userId)} disputes ${choiceText(choice)}, "${evidence}"`;
  return keyedRequest(draw, userId, text, (before) => {
    const id = chooseInTime(
      before,
      choice,
      ({ status, lots }) =>
        status === 'resolution_proposed' && lots.some((lot) => lot.userId === userId),
    );
    return {
      async send({ services }, caller) {
        const { result, replayed } = await services.predictions.dispute(caller, id, evidence);
        const until = Date.parse(result.rulingUntil);
        return { told: `${parseAmount(result.bond)} until ${until}`, replayed };
      },
      decide: (state) => model.dispute(state, { id, userId, evidence }),
    };
  });
}

const askFor: Readonly<
  Record<model.StepName, (predictions: Predictions, id: string) => Promise<MarketStanding>>
> = {
  expire: (predictions, id) => predictions.expire(id),
  lock: (predictions, id) => predictions.lock(id),
  void_unresolved: (predictions, id) => predictions.voidUnresolved(id),
  finalise: (predictions, id) => predictions.finalise(id),
  let_stand: (predictions, id) => predictions.letStand(id),
};
const stepNames = Object.keys(askFor) as model.StepName[];

/** A step of a market's workflow: one that is due most of the time, or too early, or another one. */
export function advance(draw: Draw): Request {
  const { random } = draw;
  const choice = drawChoice(draw);
  const other = random.pick(stepNames);
  const isEarly = random.chance(0.15);
  return {
    text: `time brings what comes next to ${choiceText(choice)}, or ${other}${isEarly ? ', early' : ''}`,
    isRepeatable: true,
    bind(before) {
      const id = choose(before, choice, (market) => {
        const [step, at] = model.nextOf(market);
        return stepNames.includes(step as model.StepName) && (isEarly || at <= before.now);
      });
      const market = before.markets.get(id);
      const next = market && !choice.isBlind ? model.nextOf(market)[0] : other;
      const step = stepNames.find((name) => name === next) ?? other;
      return {
        send: async ({ services }) => tell(await askFor[step](services.predictions, id)),
        expect: (state) => model.takeStep(state, id, step),
      };
    },
  };
}

/** Where the clock of the answer makes no difference. */
function tellNext({ revision, next }: MarketStanding): string {
  return `${revision}: ${next.kind}`;
}

/**
 * What follows once an outcome stands or the market is void: bets after the fact are cut off, or all lots are paid, or
 * one after the other; at times by two workers at once. Alone in its step: it asks the database how far it is before it
 * goes to the committer.
 */
export function settle(draw: Draw): Request {
  const choice = drawChoice(draw);
  const workers = draw.random.pick([1, 1, 2]);
  const other = draw.random.pick(['rollBack', 'pay'] as const);
  const isThorough = draw.random.chance(0.5);
  return {
    text: `${workers} workers settle ${choiceText(choice)}, or ${other}${isThorough ? ', to the end' : ''}`,
    isRepeatable: false,
    hasSeveralCommits: true,
    bind(before) {
      const isFinal = ({ status }: Market) => status === 'final';
      const isDue = ({ status }: Market) => ['final', 'settling', 'voiding'].includes(status);
      const id = choose(before, choice, isDue);
      const market = before.markets.get(id);
      const due = market && isFinal(market) ? 'rollBack' : 'pay';
      const act = market && isDue(market) ? due : other;
      return {
        async send({ services: { predictions } }) {
          const asked = Array.from({ length: workers }, async () => {
            const standing = await predictions[act](id);
            return tellNext(isThorough ? await predictions.pay(id) : standing);
          });
          return [...new Set(await Promise.all(asked))].join(' or ');
        },
        expect(state) {
          const told = model[act](state, id);
          return isThorough ? model.pay(state, id) : told;
        },
      };
    },
  };
}
