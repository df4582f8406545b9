// Operators pause a run and let it go on (DESIGN 2.5 and 5). The spread's end stands: slices that were missed get new
// moments within what is left of it, or are executed at once, one after the other, when nothing is left.
import { momentsAfterPause } from '../../domain/buyback';
import { DomainError } from '../../domain/errors';
import { requireReason } from '../../domain/text';
import { putRow, rowKey, type Command, type View } from '../../ledger/command';
import { auditAct } from '../identity/audit-log';
import { requireOperator, userStates } from '../identity/user-state';
import {
  fundAccount,
  fundAccounts,
  isExecuted,
  keysOfRun,
  progressOf,
  readRun,
  type BuybackProgress,
  type Run,
} from './buyback-progress';
import { buybacks, buybackSlices, type BuybackRow, type BuybackSliceRow } from './buyback-rows';

/** An operator's act, as it reaches the engine through the run's workflow. */
export interface BuybackAct {
  readonly buybackId: string;
  readonly operatorId: string;
  readonly reason: string;
  /** Tells a repeat from a second act: the id of the workflow's update. */
  readonly decisionKey: string;
  readonly requestId: string;
}

function keysOf({ buybackId, operatorId }: BuybackAct) {
  return {
    accounts: fundAccounts,
    rows: [...keysOfRun(buybackId), rowKey(userStates, operatorId)],
  };
}

function requireStatus(view: View, act: BuybackAct, status: 'buying' | 'paused'): Run {
  requireOperator(view, act.operatorId);
  requireReason(act.reason);
  if (!view.row(buybacks, act.buybackId)) {
    throw new DomainError('BUYBACK_NOT_FOUND', 'There is no such buyback.');
  }
  const run = readRun(view, act.buybackId);
  if (run.buyback.status !== status) {
    const message = `The buyback is ${run.buyback.status}, not ${status}.`;
    throw new DomainError('STATE_CONFLICT', message, { status: run.buyback.status });
  }
  return run;
}

function change(
  view: View,
  act: BuybackAct,
  run: Run,
  changed: { action: string; status: BuybackRow['status']; slices: readonly BuybackSliceRow[] },
) {
  const { status, slices } = changed;
  const buyback = { ...run.buyback, status, revision: run.buyback.revision + 1 };
  const logged = auditAct(view.at, {
    operatorId: act.operatorId,
    action: changed.action,
    subjectKind: 'buyback',
    subjectId: buyback.id,
    reason: act.reason,
    requestId: act.requestId,
  });
  return {
    rows: [
      putRow(buybacks, buyback),
      ...slices.map((slice) => putRow(buybackSlices, slice)),
      logged,
    ],
    result: progressOf(
      view.at,
      {
        ...run,
        buyback,
        slices: run.slices.map((old) => slices.find(({ id }) => id === old.id) ?? old),
      },
      (fund) => view.balance(fundAccount(fund)),
    ),
  };
}

/** @throws DomainError FORBIDDEN, USER_FROZEN, BUYBACK_NOT_FOUND, STATE_CONFLICT unless it is buying */
export const pauseBuyback: Command<BuybackAct, BuybackProgress> = {
  kind: 'pause_buyback',
  keys: keysOf,
  decide(view, act) {
    const run = requireStatus(view, act, 'buying');
    return change(view, act, run, { action: 'buyback.pause', status: 'paused', slices: [] });
  },
};

export interface ResumeBuyback extends BuybackAct {
  /** As many as a run can have slices. */
  readonly draws: readonly number[];
}

/** @throws DomainError FORBIDDEN, USER_FROZEN, BUYBACK_NOT_FOUND, STATE_CONFLICT unless it is paused */
export const resumeBuyback: Command<ResumeBuyback, BuybackProgress> = {
  kind: 'resume_buyback',
  keys: keysOf,
  decide(view, act) {
    const run = requireStatus(view, act, 'paused');
    const slices = replan(run, act.draws, view.at);
    return change(view, act, run, { action: 'buyback.resume', status: 'buying', slices });
  },
};

function replan({ buyback, slices }: Run, draws: readonly number[], at: number): BuybackSliceRow[] {
  const waiting = slices.filter((slice) => !isExecuted(slice));
  const numbers = [...new Set(waiting.map(({ slice }) => slice))];
  const planned = numbers.map(
    (number) => waiting.find(({ slice }) => slice === number)?.plannedAt ?? at,
  );
  const endsAt = (buyback.startedAt ?? at) + Number(buyback.spreadMs);
  const moments = momentsAfterPause(planned, draws, at, endsAt);
  return waiting.map((slice) => ({
    ...slice,
    plannedAt: moments[numbers.indexOf(slice.slice)] ?? at,
  }));
}
