// Margin positions, as their owners, their monitors and the ticker of the mark ask for them.
import { parseAmount } from '../../../domain/money';
import { deriveId } from '../../../ledger/ids';
import { originOf } from '../../../services/identity/caller';
import { adjustCollateral } from '../../../services/margin/adjust-collateral';
import {
  closePosition,
  closeTriggered as closeByTrigger,
} from '../../../services/margin/close-position';
import { liquidatePosition } from '../../../services/margin/liquidate';
import type { MonitoredStep, PositionProgress } from '../../../services/margin/position-progress';
import type { Position } from '../../../services/margin/position-views';
import { setTriggers as set } from '../../../services/margin/triggers';
import { workOffPosition } from '../../../services/margin/work-off';
import type { Command } from '../../../ledger/command';
import type { SimulatedProcess } from '../processes';
import { fickleOperator, nameOf, unknownId, users } from '../cast';
import * as liquidation from '../model/liquidation';
import * as model from '../model/margin';
import type * as positions from '../model/positions';
import { debtNow } from '../model/position-acts';
import { balanceOf, ofUser, type State } from '../model/state';
import { marginOf } from './lending';
import {
  amountText,
  callerOf,
  drawAmount,
  drawIdempotencyKey,
  keyedRequest,
  orCode,
  orRefusal,
  pickUser,
  resolveAmount,
  type AskedPosition,
  type Draw,
  type Request,
} from './request';

/** Base units, also of what is less than nothing. */
function unitsOf(text: string | null): string {
  if (text === null) return '-';
  return String(text.startsWith('-') ? -parseAmount(text.slice(1)) : parseAmount(text));
}

function ticksOf(text: string | null): string {
  return text === null ? '-' : String(parseAmount(text) / 100n);
}

function tell(position: Position): string {
  const { side, status, quantity, credits, debt, equity, marginRatio, triggered } = position;
  const { liquidationPrice, bankruptcyPrice, paidIn, paidOut, penalties } = position;
  return [
    ...[side, status, unitsOf(quantity), unitsOf(credits), `owes ${unitsOf(debt)}`],
    ...[unitsOf(equity), marginRatio ?? '-', liquidationPrice ?? '-', bankruptcyPrice ?? '-'],
    ...[unitsOf(paidIn), unitsOf(paidOut), unitsOf(penalties)],
    ...[ticksOf(position.stopLoss), ticksOf(position.takeProfit), triggered ?? '-'],
    position.closeReason ?? '-',
  ].join(' ');
}

function tellProgress({ position, revision, next }: PositionProgress): string {
  return `${tell(position)}, ${revision}: ${next.kind}`;
}

/** Thousandths of Credits, or what somebody has. */
function drawCollateral(draw: Draw) {
  const { random } = draw;
  return random.weighted<ReturnType<typeof drawAmount>>([
    [10, BigInt(random.between(10, 99)) * 10n ** 8n],
    [12, BigInt(random.between(100, 600)) * 10n ** 8n],
    [2, random.magnitude(9, 11)],
    [2, drawAmount(draw, 12)],
  ]);
}

export function open(draw: Draw): Request {
  const { random, memory } = draw;
  const userId = random.chance(0.5) ? pickUser(draw) : random.pick([...users, fickleOperator]);
  const side = random.pick(['long', 'short'] as const);
  const amount = drawCollateral(draw);
  const leverage = random.weighted([
    [10, 500],
    [6, random.between(250, 499)],
    [3, random.between(101, 250)],
    [1, 101],
  ]);
  const slippageBps = random.pick([200, 200, 200, 100, 100, 10, 0]);
  const key = drawIdempotencyKey(draw, userId);
  const id = deriveId('position', userId, key);
  memory.positions.push({ id, userId, side });
  const text = `${nameOf(userId)} opens a ${side} of ${amountText(amount)} x ${leverage}, ${slippageBps} bps`;
  const bind = (before: State) => {
    const collateral = resolveAmount(amount, balanceOf(before, ofUser(userId, 'available')));
    const asked = { side, collateral, leverage };
    return {
      async send(process: Parameters<typeof marginOf>[0], caller: ReturnType<typeof callerOf>) {
        const request = { ...asked, maxSlippageBps: slippageBps };
        const { result, replayed } = await marginOf(process).open(caller, request);
        return { told: tell(result.position), replayed };
      },
      decide: (state: State) => model.open(state, { ...asked, id, userId, slippageBps }),
    };
  };
  return keyedRequest(draw, userId, text, bind, key);
}

type Status = positions.Position['status'];

/** One of those that stand as the request needs it, or any that was asked for. */
function drawPick(draw: Draw, isWanted: (position: positions.Position) => boolean) {
  const { random, memory } = draw;
  const place = random.chance(0.93) ? random.between(0, 5) : null;
  const strange: AskedPosition = { id: unknownId, userId: users[0] ?? '', side: 'long' };
  const known = memory.positions.slice(-12);
  const fallback = known.length > 0 && random.chance(0.9) ? random.pick(known) : strange;
  return {
    text: place === null ? fallback.id : `number ${place}`,
    find(before: State): AskedPosition {
      const all = [...before.positions.values()];
      const wanted = all.filter(isWanted);
      const among = wanted.length > 0 ? wanted : all;
      return (place === null ? undefined : among[place % among.length]) ?? fallback;
    },
  };
}

function withStatus(...statuses: readonly Status[]) {
  return ({ status }: positions.Position) => statuses.includes(status);
}

/** Of an act of the owner: mostly it is. */
function drawOwn(draw: Draw) {
  const { random } = draw;
  const picked = drawPick(draw, withStatus('open'));
  const stranger = random.chance(0.04) ? random.pick(users) : null;
  const find = (before: State) => {
    const { id, userId, side } = picked.find(before);
    return { positionId: id, userId: stranger ?? userId, side };
  };
  return { text: `${picked.text}${stranger === null ? '' : ` as ${nameOf(stranger)}`}`, find };
}

/** The actor of a request with a key is known beforehand, and the owner is not: keys are the position's. */
function owned(text: string, bind: Request['bind']): Request {
  return { text, bind, isRepeatable: true };
}

export function adjust(draw: Draw): Request {
  const { random } = draw;
  const own = drawOwn(draw);
  const isAdded = random.chance(0.5);
  const amount = random.chance(0.6) ? random.magnitude(6, 10) : drawAmount(draw, 10);
  const verb = isAdded ? 'gets' : 'gives';
  return owned(`position ${own.text} ${verb} ${amountText(amount)}`, (before) => {
    const input = own.find(before);
    const position = before.positions.get(input.positionId);
    const debt = position ? debtNow(before, position) : 0n;
    const isLong = position?.side === 'long';
    const all = isAdded ? (isLong ? debt : 10n ** 10n) : (position?.credits ?? 0n) / 4n;
    const units = resolveAmount(amount, all) * (isAdded ? 1n : -1n);
    const { positionId: id, userId } = input;
    return {
      async send({ committer }) {
        const request = { ...input, amount: units };
        const origin = originOf(callerOf(userId));
        const { result } = await committer.submit(adjustCollateral, request, origin);
        return tell(result.position);
      },
      expect: (state) => model.adjust(state, { id, userId, amount: units }),
    };
  });
}

export function close(draw: Draw): Request {
  const { random } = draw;
  const own = drawOwn(draw);
  const fraction = random.weighted([
    [5, 10_000],
    [3, random.between(1, 9_999)],
    [2, 5_000],
    [1, 1],
  ]);
  return owned(`${fraction} of position ${own.text} are closed`, (before) => {
    const input = own.find(before);
    const { positionId: id, userId } = input;
    return {
      async send({ committer }) {
        const origin = originOf(callerOf(userId));
        const { result } = await committer.submit(
          closePosition,
          { ...input, fraction, maxSlippageBps: null },
          origin,
        );
        const lots = parseAmount(result.closedQuantity) / 1_000_000n;
        return `${lots} closed: ${tell(result.position)}`;
      },
      expect: (state) => model.close(state, { id, userId, fraction }),
    };
  });
}

export function setTriggers(draw: Draw): Request {
  const { random } = draw;
  const own = drawOwn(draw);
  /** Ten-thousandths away from the mark; on the wrong side now and then. */
  const away = () =>
    random.chance(0.25)
      ? null
      : random.pick([0.1, 10, 100]) * random.between(1, 9) * (random.chance(0.05) ? -1 : 1);
  const [stopAway, takeAway] = [away(), away()];
  const text = `position ${own.text} is to be closed ${stopAway ?? 'never'} or ${takeAway ?? 'never'} off`;
  return owned(text, (before) => {
    const input = own.find(before);
    const { positionId: id, userId, side } = input;
    const mark = Number((before.mark ?? 10n ** 12n) / 10n ** 6n);
    const at = (bps: number | null, sign: number) =>
      bps === null ? null : Math.max(1, Math.round(mark * (1 + (sign * bps) / 10_000)));
    const sign = side === 'long' ? 1 : -1;
    const [stop, take] = [at(stopAway, -sign), at(takeAway, sign)];
    return {
      async send({ committer }) {
        const request = { ...input, stopLossTicks: stop, takeProfitTicks: take };
        const { result } = await committer.submit(set, request, originOf(callerOf(userId)));
        return tell(result.position);
      },
      expect: (state) => model.setTriggers(state, { id, userId, stop, take }),
    };
  });
}

export function closeTriggered(draw: Draw): Request {
  const picked = drawPick(draw, ({ triggered }) => triggered !== null);
  return owned(`position ${picked.text} is closed by its trigger`, (before) => {
    const { id, userId, side } = picked.find(before);
    return {
      async send({ committer }) {
        const input = { positionId: id, userId, side };
        await committer.submit(closeByTrigger, input, { actor: 'mark' });
        return 'done';
      },
      expect: (state) => model.closeTriggered(state, id),
    };
  });
}

/** Monitors take a step each; several may be one's. */
function drawSteps(draw: Draw, ...statuses: readonly Status[]) {
  const { random } = draw;
  const count = random.pick([1, 1, 2, 3]);
  const isMonitor = random.chance(0.8);
  const picks = Array.from({ length: count }, () => drawPick(draw, withStatus(...statuses)));
  return {
    text: `${picks.map(({ text }) => text).join(', ')}${isMonitor ? '' : ', by the reconciliation'}`,
    isMonitor,
    find: (before: State) =>
      picks.map((pick) => {
        const { id, userId, side } = pick.find(before);
        return { positionId: id, userId, side, isMonitor };
      }),
  };
}

type Step = Command<MonitoredStep, PositionProgress>;

/** One after the other, in one batch; each may be refused by itself. */
async function sendSteps(
  { committer }: SimulatedProcess,
  command: Step,
  inputs: readonly MonitoredStep[],
): Promise<string> {
  const origin = { actor: 'margin-monitor' };
  const answers = inputs.map((input) =>
    orRefusal(committer.submit(command, input, origin).then(({ result }) => tellProgress(result))),
  );
  return (await Promise.all(answers)).join(' / ');
}

export function liquidate(draw: Draw): Request {
  const steps = drawSteps(draw, 'liquidating');
  const { isMonitor } = steps;
  return owned(`liquidation of ${steps.text}`, (before) => {
    const inputs = steps.find(before);
    return {
      isUrgent: true,
      send: (process) => sendSteps(process, liquidatePosition, inputs),
      expect: (state) =>
        inputs
          .map(({ positionId: id }) => orCode(() => liquidation.liquidate(state, id, isMonitor)))
          .join(' / '),
    };
  });
}

export function workOff(draw: Draw): Request {
  const steps = drawSteps(draw, 'taken_over');
  const { isMonitor } = steps;
  return owned(`working off ${steps.text}`, (before) => {
    const inputs = steps.find(before);
    return {
      send: (process) => sendSteps(process, workOffPosition, inputs),
      expect: (state) =>
        inputs
          .map(({ positionId: id }) => orCode(() => liquidation.workOff(state, id, isMonitor)))
          .join(' / '),
    };
  });
}
