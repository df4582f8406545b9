// Deposits that operators record (DESIGN 2.1): unique on their external reference, above the four-eyes limit
// confirmed by a second operator. Capital goes to a platform account in the same way.
import type { Knex } from 'knex';
import { requirePositiveAmount } from '../../domain/credits';
import {
  maxExternalRefLength,
  needsSecondOperator,
  requireSameContent,
  type CapitalAccount,
  type DepositStatus,
} from '../../domain/deposit';
import { assert, DomainError } from '../../domain/errors';
import { requirePlainLine, requireReason } from '../../domain/text';
import { putRow, rowKey, type Command, type View } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { originOf, type Caller } from '../identity/caller';
import { reverseDeposit } from './deposit-reversals';
import {
  confirm,
  depositColumns,
  depositIdOf,
  deposits,
  logAct,
  newDeposit,
  presentDeposit,
  requireDeposit,
  reserve,
  type ActOnDeposit,
  type Deposit,
  type DepositRow,
} from './deposit-rows';
import { readPage, type Page, type PageRequest } from '../pages';
import {
  requireOperator,
  requireOtherPerson,
  requireUser,
  userStates,
} from '../identity/user-state';

/** What an operator says of a deposit; exactly one of `userId` and `account` is not null. */
export interface DepositRequest {
  readonly userId: string | null;
  readonly account: CapitalAccount | null;
  /** Base units of CREDIT. */
  readonly amount: bigint;
  readonly externalRef: string;
  readonly reason: string;
}

interface RecordDeposit extends DepositRequest {
  readonly operatorId: string;
  readonly requestId: string;
  /** Base units of CREDIT. */
  readonly fourEyesAbove: bigint;
}

const recordDeposit: Command<RecordDeposit, Deposit> = {
  kind: 'record_deposit',
  keys: ({ operatorId, userId, externalRef }) => ({
    accounts: [reserve],
    rows: [
      rowKey(deposits, depositIdOf(externalRef)),
      ...[operatorId, userId].flatMap((id) => (id === null ? [] : [rowKey(userStates, id)])),
    ],
  }),
  decide(view, input) {
    const { operatorId, userId, account, amount, externalRef, reason } = input;
    requireOperator(view, operatorId);
    requireOtherPerson(operatorId, userId);
    assert((userId === null) !== (account === null), 'a deposit has one beneficiary');
    requirePositiveAmount(amount);
    requirePlainLine(externalRef, 'externalRef', maxExternalRefLength);
    requireReason(reason);

    const known = view.row(deposits, depositIdOf(externalRef));
    if (known) {
      requireSameContent(known, input);
      return { result: presentDeposit(known) };
    }
    if (userId !== null) requireUser(view, userId);
    const deposit = newDeposit(view, { ...input, source: 'operator', recordedBy: operatorId });
    const logged = logAct(view, input, deposit, 'deposit.record');
    if (needsSecondOperator(amount, input.fourEyesAbove)) {
      return { rows: [putRow(deposits, deposit), logged], result: presentDeposit(deposit) };
    }
    const confirmed = confirm(view, deposit);
    return { ...confirmed, rows: [...confirmed.rows, logged] };
  },
};

function keysOfAct({ operatorId, depositId }: ActOnDeposit) {
  return { rows: [rowKey(deposits, depositId), rowKey(userStates, operatorId)] };
}

/** The deposit that waits for the decision of somebody who neither recorded it nor gets it. */
function requireAwaiting(view: View, { operatorId, depositId, reason }: ActOnDeposit): DepositRow {
  requireOperator(view, operatorId);
  requireReason(reason);
  const deposit = requireDeposit(view, depositId);
  requireOtherPerson(operatorId, deposit.userId);
  if (deposit.status !== 'awaiting_second') {
    throw new DomainError('STATE_CONFLICT', `The deposit is ${deposit.status} already.`, {
      status: deposit.status,
    });
  }
  if (deposit.recordedBy === operatorId) {
    throw new DomainError(
      'ACTION_BY_INTERESTED_OPERATOR',
      'You recorded this deposit; another operator decides on it.',
    );
  }
  return deposit;
}

function decidedBy(view: View, deposit: DepositRow, { operatorId, reason }: ActOnDeposit) {
  return { ...deposit, decidedBy: operatorId, decidedAt: view.at, decisionReason: reason };
}

const approveDeposit: Command<ActOnDeposit, Deposit> = {
  kind: 'approve_deposit',
  keys: keysOfAct,
  decide(view, act) {
    const deposit = requireAwaiting(view, act);
    const confirmed = confirm(view, decidedBy(view, deposit, act));
    return {
      ...confirmed,
      rows: [...confirmed.rows, logAct(view, act, deposit, 'deposit.approve')],
    };
  },
};

const rejectDeposit: Command<ActOnDeposit, Deposit> = {
  kind: 'reject_deposit',
  keys: keysOfAct,
  decide(view, act) {
    const deposit = requireAwaiting(view, act);
    const rejected: DepositRow = { ...decidedBy(view, deposit, act), status: 'rejected' };
    return {
      rows: [putRow(deposits, rejected), logAct(view, act, deposit, 'deposit.reject')],
      result: presentDeposit(rejected),
    };
  },
};

export interface DepositOutcome {
  readonly deposit: Deposit;
  readonly replayed: boolean;
}

/**
 * What operators do; all throw FORBIDDEN, USER_FROZEN (an operator who is), ACTION_BY_INTERESTED_OPERATOR and
 * INVALID_REQUEST.
 */
export interface Deposits {
  /**
   * Records a deposit, which is confirmed at once or awaits a second operator. The same reference with the same
   * content is the same deposit.
   * @throws DomainError DEPOSIT_REFERENCE_REUSED, USER_NOT_FOUND, AMOUNT_OUT_OF_RANGE
   */
  record(caller: Caller, request: DepositRequest): Promise<DepositOutcome>;
  /** @throws DomainError DEPOSIT_NOT_FOUND, STATE_CONFLICT */
  approve(caller: Caller, depositId: string, reason: string): Promise<DepositOutcome>;
  /** @throws DomainError DEPOSIT_NOT_FOUND, STATE_CONFLICT */
  reject(caller: Caller, depositId: string, reason: string): Promise<DepositOutcome>;
  /**
   * Takes a confirmed deposit back, once; see `deposit-reversals.ts`.
   * @throws DomainError DEPOSIT_NOT_FOUND, STATE_CONFLICT
   */
  reverse(caller: Caller, depositId: string, reason: string): Promise<DepositOutcome>;
  /** Newest first. */
  list(status: DepositStatus | undefined, page: PageRequest): Promise<Page<Deposit>>;
}

interface DepositsOptions {
  readonly db: Knex;
  readonly committer: Committer;
  /** Base units of CREDIT: above it a deposit needs a second operator. */
  readonly fourEyesAbove: bigint;
}

export function createDeposits({ db, committer, fourEyesAbove }: DepositsOptions): Deposits {
  async function submit<Input>(
    command: Command<Input, Deposit>,
    input: Input,
    caller: Caller,
  ): Promise<DepositOutcome> {
    const { result, replayed } = await committer.submit(command, input, originOf(caller));
    return { deposit: result, replayed };
  }
  function act(command: Command<ActOnDeposit, Deposit>) {
    return (caller: Caller, depositId: string, reason: string) => {
      const { userId: operatorId, requestId } = caller;
      return submit(command, { operatorId, requestId, depositId, reason }, caller);
    };
  }

  return {
    record(caller, request) {
      const { userId: operatorId, requestId } = caller;
      return submit(recordDeposit, { ...request, operatorId, requestId, fourEyesAbove }, caller);
    },
    approve: act(approveDeposit),
    reject: act(rejectDeposit),
    reverse: act(reverseDeposit),

    async list(status, page) {
      const query = db({ d: 'deposits' }).select(depositColumns);
      if (status) void query.where('d.status', status);
      const { items, nextCursor } = await readPage<DepositRow>(query, page, [
        { column: 'd.recorded_at', type: 'time', of: ({ recordedAt }) => recordedAt },
        { column: 'd.id', type: 'uuid', of: ({ id }) => id },
      ]);
      return { items: items.map(presentDeposit), nextCursor };
    },
  };
}
