// The Friday buyback, as its schedule, its workflow and operators ask for it. All slices are due at once.
import { isoWeekOf, type BuybackFund } from '../../../domain/buyback';
import { parseAmount } from '../../../domain/money';
import { deriveId, newId } from '../../../ledger/ids';
import type { BuybackProgress } from '../../../services/buybacks/buyback-progress';
import { sliceIdOf } from '../../../services/buybacks/buyback-rows';
import { purposeOf } from '../../../services/buybacks/buyback-views';
import { weeklyIdOf } from '../../../services/buybacks/open-buyback';
import { nameOf, operators, steadyOperators, users } from '../cast';
import * as model from '../model/buybacks';
import { once, type State } from '../model/state';
import type { Run } from '../model/trading';
import type { SimulatedProcess } from '../processes';
import { drawReason, keyedRequest, type Act, type Draw, type Request } from './request';

const weekMs = 7 * 24 * 60 * 60 * 1000;

function tell({ buyback, revision, next }: BuybackProgress): string {
  const head = `${buyback.id} ${buyback.status} ${revision}: ${next.kind}`;
  if (next.kind !== 'slice') return head;
  const fund = next.for === 'burn' ? 'ecosystem_fund' : 'prize_fund';
  return `${head} ${next.slice} of ${fund} for ${parseAmount(next.budget)}`;
}

/** This week's, or that of a week which the schedule missed. */
export function openWeekly({ random }: Draw): Request {
  const ago = random.between(0, 2);
  return {
    text: `the schedule opens the buyback of ${ago} weeks ago`,
    isRepeatable: true,
    bind({ now }) {
      const askedAt = now - ago * weekMs;
      return {
        async send({ services }) {
          const { buybackId, isOver } = await services.buybacks.openWeekly(askedAt);
          return `${buybackId}${isOver ? ' is over' : ''}`;
        },
        expect: (state) => model.openWeekly(state, weeklyIdOf(askedAt)),
      };
    },
  };
}

function pickOperator({ random }: Draw): string {
  return random.pick([...operators, ...steadyOperators, ...users.slice(0, 1)]);
}

export function openExtra(draw: Draw): Request {
  const operatorId = pickOperator(draw);
  const reason = drawReason(draw);
  const text = `${nameOf(operatorId)} wants a buyback, "${reason}"`;
  return keyedRequest(draw, operatorId, text, () => ({
    async send({ services }, caller) {
      const { buyback, replayed } = await services.buybacks.openExtra(caller, reason);
      return { told: `${buyback.id} ${buyback.status}`, replayed };
    },
    decide: (state) => model.openExtra(state, { operatorId, reason, week: isoWeekOf(state.now) }),
  }));
}

/** The run that is on its way, or the newest. */
function currentRun({ runs }: State): Run | undefined {
  const open = runs.find(({ status }) => status !== 'completed' && status !== 'no_mark');
  return open ?? runs.at(-1);
}

const nothing: Act = {
  send: () => Promise.resolve('there is no run'),
  expect: () => 'there is no run',
};

function start(id: string): Act {
  return {
    send: async ({ services }) => tell(await services.buybacks.start(id)),
    expect: (state, _, observed) => model.start(state, id, observed.startOf(id)),
  };
}

function buy(id: string, slice: number, fund: BuybackFund): Act {
  const orderId = deriveId('order', sliceIdOf(id, slice, fund));
  return {
    async send({ services }: SimulatedProcess) {
      const order = { buybackId: id, slice, for: purposeOf[fund] };
      return tell(await services.buybacks.buy(order));
    },
    expect: (state) => model.buy(state, { id, slice, fund, orderId }),
  };
}

function burn(id: string): Act {
  return {
    send: async ({ services }) => tell(await services.buybacks.burn(id)),
    expect: (state) => model.burn(state, id),
  };
}

/** The steps of a run's workflow, from the one that is next; several in a batch go on one after the other. */
export function advance({ random }: Draw): Request {
  const ahead = random.weighted([
    [6, 0],
    [3, 1],
    [2, 2],
    [1, -1],
  ]);
  return {
    text: `the buyback takes the step ${ahead} after the next`,
    isRepeatable: true,
    bind(before) {
      const run = currentRun(before);
      if (!run) return nothing;
      const step = (run.status === 'opened' ? -1 : run.executed) + ahead;
      if (step < 0) return start(run.id);
      if (step >= 2 * run.slices) return burn(run.id);
      const fund = step % 2 === 0 ? 'ecosystem_fund' : 'prize_fund';
      return buy(run.id, Math.floor(step / 2) + 1, fund);
    },
  };
}

export function pauseOrResume(draw: Draw): Request {
  const { random } = draw;
  const operatorId = pickOperator(draw);
  const verb = random.pick(['pause', 'resume', 'resume'] as const);
  const reason = drawReason(draw);
  const decisionKey = random.chance(0.8) ? random.id() : 'the same again';
  return {
    text: `${nameOf(operatorId)} ${verb}s the buyback, "${reason}" (${decisionKey})`,
    isRepeatable: true,
    bind(before) {
      const id = currentRun(before)?.id ?? 'no such run';
      const key = `${verb}_buyback:${id}:${decisionKey}`;
      return {
        async send({ services }) {
          const act = { buybackId: id, operatorId, reason, decisionKey, requestId: newId() };
          return tell(await services.buybacks[verb](act));
        },
        expect: (state) =>
          once(state, { actor: operatorId, key, body: reason }, () =>
            model.pauseOrResume(state, { id, operatorId, reason, verb }),
          ).replace(' (replayed)', ''),
      };
    },
  };
}
