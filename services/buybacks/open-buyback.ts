// Opens a run (DESIGN 2.5): the week's own, once, however often its schedule asks; or an extra one that an operator
// wants, while no other is on its way. The parameters are those of this moment.
import { buybackIdOf, isoWeekOf, lastDue } from '../../domain/buyback';
import { assert, DomainError } from '../../domain/errors';
import { parameterValue } from '../../domain/parameters';
import { requireReason } from '../../domain/text';
import { putRow, rowKey, type Command, type View } from '../../ledger/command';
import { auditAct } from '../identity/audit-log';
import { requireOperator, userStates } from '../identity/user-state';
import { parameters } from '../parameters';
import {
  buybacks,
  buybackState,
  openedMessage,
  type BuybackRow,
  type BuybackState,
} from './buyback-rows';
import { presentBuyback, type Buyback } from './buyback-views';

/** What the workflow of a run is started with. */
export interface OpenedBuyback {
  readonly buybackId: string;
  readonly kind: BuybackRow['kind'];
  /** In milliseconds: within it the slices' moments lie. */
  readonly spreadMs: number;
  /** It may have ended long ago. */
  readonly isOver: boolean;
}

export const buybackStateKey = rowKey(buybackState, '1');

export function readState(view: View): BuybackState {
  const state = view.row(buybackState, '1');
  assert(state, 'the state of buybacks exists');
  return state;
}

function newRun(
  view: View,
  state: BuybackState,
  own: Pick<BuybackRow, 'id' | 'kind' | 'reason' | 'openedBy' | 'dueAt' | 'spreadMs'>,
): BuybackRow {
  const values = view.projection(parameters);
  return {
    ...own,
    number: state.opened + 1n,
    openedAt: view.at,
    status: 'opened',
    revision: 1,
    profitShareBps: parameterValue(values, 'buyback.profitShareBps'),
    freeCallShareBps: parameterValue(values, 'wars.freeCallShareBps'),
    prizeShareBps: parameterValue(values, 'buyback.prizeShareBps'),
    slices: parameterValue(values, 'buyback.slices'),
    maxSlippageBps: parameterValue(values, 'buyback.maxSlippageBps'),
    startedAt: null,
    startMark: null,
    averageMark: null,
    priceCapTicks: null,
    carriedToBurn: null,
    carriedToPrize: null,
    burnSpent: 0n,
    burnBought: 0n,
    prizeSpent: 0n,
    prizeBought: 0n,
    burnSeq: null,
    endedAt: null,
  };
}

function toOpened({ id, kind, spreadMs, endedAt }: BuybackRow): OpenedBuyback {
  return { buybackId: id, kind, spreadMs: Number(spreadMs), isOver: endedAt !== null };
}

interface OpenWeekly {
  /** When the schedule asked: the run is that of the last Friday 16:00 UTC before. */
  readonly askedAt: number;
  readonly spreadMs: number;
}

export function weeklyIdOf(askedAt: number): string {
  return buybackIdOf(isoWeekOf(lastDue(askedAt)), 1);
}

/** Asked again, it answers with the run that is there: a manual trigger between Fridays opens nothing new. */
export const openWeekly: Command<OpenWeekly, OpenedBuyback> = {
  kind: 'open_weekly_buyback',
  keys: ({ askedAt }) => ({ rows: [buybackStateKey, rowKey(buybacks, weeklyIdOf(askedAt))] }),
  decide(view, { askedAt, spreadMs }) {
    const id = weeklyIdOf(askedAt);
    const existing = view.row(buybacks, id);
    if (existing) return { result: toOpened(existing) };
    const state = readState(view);
    const run = newRun(view, state, {
      id,
      kind: 'weekly',
      reason: null,
      openedBy: null,
      dueAt: lastDue(askedAt),
      spreadMs: BigInt(spreadMs),
    });
    return {
      rows: [putRow(buybacks, run), putRow(buybackState, { ...state, opened: run.number })],
      result: toOpened(run),
    };
  },
};

interface OpenExtra {
  readonly operatorId: string;
  readonly reason: string;
  readonly requestId: string;
  readonly spreadMs: number;
}

/** @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, STATE_CONFLICT while another run is on its way */
export const openExtra: Command<OpenExtra, Buyback> = {
  kind: 'open_extra_buyback',
  keys: ({ operatorId }) => ({ rows: [buybackStateKey, rowKey(userStates, operatorId)] }),
  decide(view, { operatorId, reason, requestId, spreadMs }) {
    requireOperator(view, operatorId);
    requireReason(reason);
    const state = readState(view);
    if (state.opened > state.finished) {
      throw new DomainError('STATE_CONFLICT', 'Another buyback is on its way; wait until it ends.');
    }
    const week = isoWeekOf(view.at);
    const extraRuns = (state.extraWeek === week ? state.extraRuns : 0) + 1;
    const run = newRun(view, state, {
      id: buybackIdOf(week, extraRuns + 1),
      kind: 'extra',
      reason,
      openedBy: operatorId,
      dueAt: view.at,
      spreadMs: BigInt(spreadMs),
    });
    const logged = auditAct(view.at, {
      operatorId,
      action: 'buyback.open',
      subjectKind: 'buyback',
      subjectId: run.id,
      reason,
      requestId,
    });
    return {
      rows: [
        putRow(buybacks, run),
        putRow(buybackState, { ...state, opened: run.number, extraWeek: week, extraRuns }),
        logged,
      ],
      outbox: [openedMessage(run)],
      result: presentBuyback(run, undefined),
    };
  },
};
