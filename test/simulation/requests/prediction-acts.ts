// What operators decide on prediction markets, as their workflow asks for it.
import { newId } from '../../../ledger/ids';
import type { MarketAct } from '../../../services/predictions/operator-act';
import type { MarketStanding, Predictions } from '../../../services/predictions/predictions';
import { nameOf, operators, steadyOperators, users } from '../cast';
import { figuresOf, isThin, sides, type Market, type Side, type Verdict } from '../model/betting';
import * as model from '../model/predictions';
import { once, type State } from '../model/state';
import { chooseInTime, choiceText, drawChoice, tell } from './predictions';
import { drawReason, type Draw, type Request } from './request';

interface Deciding {
  readonly kind: string;
  /** Whether it says an outcome and its time. */
  readonly isVerdict: boolean;
  send(predictions: Predictions, act: MarketAct, verdict: Verdict): Promise<MarketStanding>;
  decide(state: State, act: model.Act & Verdict): string;
}

const verbs = {
  approve: {
    kind: 'approve_prediction',
    isVerdict: false,
    send: (predictions, act) => predictions.approve(act),
    decide: model.approve,
  },
  reject: {
    kind: 'reject_prediction',
    isVerdict: false,
    send: (predictions, act) => predictions.reject(act),
    decide: model.reject,
  },
  resolve: {
    kind: 'resolve_prediction',
    isVerdict: true,
    send: (predictions, act, verdict) => predictions.resolve({ ...act, ...verdict }),
    decide: model.resolve,
  },
  rule: {
    kind: 'rule_prediction',
    isVerdict: true,
    send: (predictions, act, verdict) => predictions.rule({ ...act, ...verdict }),
    decide: model.rule,
  },
  void: {
    kind: 'void_prediction',
    isVerdict: false,
    send: (predictions, act) => predictions.void(act),
    decide: model.voidMarket,
  },
} as const satisfies Record<string, Deciding>;

function pickOperator({ random }: Draw): string {
  return random.pick([...operators, ...steadyOperators, ...steadyOperators, ...users.slice(0, 1)]);
}

type Verb = keyof typeof verbs;

/** What an operator is to decide about a market that stands so. */
type Agenda = Partial<Record<Market['status'], Verb>>;

function drawAgenda({ random }: Draw): Agenda {
  const disputed = random.pick(['rule', 'rule', 'rule', 'void'] as const);
  return { proposed: 'approve', locked: 'resolve', disputed };
}

/** When an outcome is said to have been known; `with` more or less, in milliseconds. */
interface Moment {
  readonly kind: 'end' | 'opening' | 'lot' | 'hundredth';
  /** Of all lots, how far. */
  readonly part: number;
  readonly with: number;
}

function drawMoment({ random }: Draw): Moment {
  return {
    kind: random.pick([
      'end',
      'end',
      'end',
      'lot',
      'lot',
      'hundredth',
      'hundredth',
      'hundredth',
      'opening',
    ]),
    part: random.between(40, 99) / 100,
    with: random.pick([0, 0, 0, 0, 0, -1, 1]),
  };
}

/** The time after which a side has exactly a hundredth of M, and the other one not less. */
function hundredthAt({ lots, ...market }: Market): number | undefined {
  return lots.find(({ at }, i) => {
    const first = { ...market, lots: lots.slice(0, i + 1) };
    const { staked, others } = figuresOf(first);
    const isLastOfMoment = (lots[i + 1]?.at ?? Infinity) > at;
    return (
      isLastOfMoment && !isThin(figuresOf(first)) && sides.some((s) => others[s] * 100n === staked)
    );
  })?.at;
}

function timeOf(moment: Moment, market: Market, state: State): number {
  const { kind, part } = moment;
  const end = model.lockedAtOf(state, market);
  const bets = market.lots.slice(1);
  const ofLot = bets[Math.floor(part * bets.length)]?.at ?? end;
  if (kind === 'opening') return (market.openedAt ?? 0) + moment.with;
  if (kind === 'lot') return ofLot + moment.with;
  if (kind === 'hundredth') return hundredthAt(market) ?? end;
  return end + Math.min(0, moment.with);
}

function drawVerdict(draw: Draw) {
  const outcome: Side = draw.random.pick(sides);
  const moment = drawMoment(draw);
  return {
    text: `${outcome} at ${moment.kind} ${moment.part} ${moment.with}`,
    of: (market: Market | undefined, state: State): Verdict => ({
      outcome,
      effectiveAt: market ? timeOf(moment, market, state) : state.now,
    }),
  };
}

/** Which verb about which market; without one of its own, whatever waits for an operator. */
interface Intent {
  readonly verb: Verb | null;
  readonly isWanted: (market: Market) => boolean;
}

function drawIntent({ random }: Draw, agenda: Agenda): Intent {
  const voided = random.pick(['open', 'locked', 'resolution_proposed']);
  return random.weighted<Intent>([
    [30, { verb: null, isWanted: ({ status }) => agenda[status] !== undefined }],
    // Their time is short.
    [10, { verb: null, isWanted: ({ status }) => status === 'disputed' }],
    [3, { verb: 'resolve', isWanted: ({ status }) => status === 'open' }],
    [2, { verb: 'void', isWanted: ({ status }) => status === voided }],
    [3, { verb: 'reject', isWanted: ({ status }) => status === 'proposed' }],
    [2, { verb: random.pick(['approve', 'resolve', 'rule', 'void']), isWanted: () => true }],
  ]);
}

export function decide(draw: Draw): Request {
  const { random } = draw;
  const operatorId = pickOperator(draw);
  const agenda = drawAgenda(draw);
  const intent = drawIntent(draw, agenda);
  const choice = drawChoice(draw);
  const verdict = drawVerdict(draw);
  const repeated = random.pick(['all', 'all', 'outcome', 'none', 'none'] as const);
  const reason = drawReason(draw);
  const decisionKey = random.chance(0.8) ? random.id() : 'the same again';
  const what = `${intent.verb ?? `what is due, of a dispute ${agenda.disputed}`}, ${verdict.text}, ${repeated} of it as proposed`;
  return {
    text: `${nameOf(operatorId)} decides on ${choiceText(choice)}: ${what}, "${reason}" (${decisionKey})`,
    isRepeatable: true,
    bind(before) {
      const id = chooseInTime(before, choice, intent.isWanted);
      const market = before.markets.get(id);
      const verb = intent.verb ?? (market && agenda[market.status]) ?? 'approve';
      const { kind, isVerdict, send, decide: model } = verbs[verb];
      const drawn = verdict.of(market, before);
      // A ruling may say the same as what was disputed.
      const proposed = verb === 'rule' ? (market?.proposed ?? drawn) : drawn;
      const { outcome } = repeated === 'none' ? drawn : proposed;
      const { effectiveAt } = repeated === 'all' ? proposed : drawn;
      const body = isVerdict ? `${reason} ${outcome} ${effectiveAt}` : reason;
      const key = `${kind}:${id}:${decisionKey}`;
      return {
        async send({ services }) {
          const act = { marketId: id, operatorId, reason, decisionKey, requestId: newId() };
          return tell(await send(services.predictions, act, { outcome, effectiveAt }));
        },
        expect: (state) =>
          once(state, { actor: operatorId, key, body }, () =>
            model(state, { id, operatorId, reason, outcome, effectiveAt }),
          ).replace(' (replayed)', ''),
      };
    },
  };
}
