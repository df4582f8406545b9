// What the payment provider's signed webhook tells (DESIGN 2.1): a payment is a deposit, a chargeback its reversal.
// The provider's signature is the confirmation: it holds the money, so that no operator is asked, whatever the
// amount. What the four-eyes limit is to an operator's record, the hold is here: the Credits can be spent at once,
// but not redeemed before a chargeback has become unlikely. Events come at least once and in any order.
import { requirePositiveAmount } from '../../domain/credits';
import { maxExternalRefLength, requireSameContent } from '../../domain/deposit';
import { requirePlainLine, requireReason } from '../../domain/text';
import { rowKey, type Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import {
  confirm,
  depositIdOf,
  deposits,
  newDeposit,
  presentDeposit,
  requireDeposit,
  reserve,
  type Deposit,
} from './deposit-rows';
import { reversalAccounts, reverse } from './deposit-reversals';
import { redeemHolds } from './redeem-holds';
import { requireUser, userStates } from '../identity/user-state';

/** A payment that the provider took for a user. */
interface Payment {
  /** The provider's name for it; the deposit's external reference. */
  readonly externalRef: string;
  readonly userId: string;
  /** Base units of CREDIT. */
  readonly amount: bigint;
}

interface Chargeback {
  readonly externalRef: string;
  readonly reason: string;
}

const receivePayment: Command<Payment & { holdMs: number }, Deposit> = {
  kind: 'receive_payment',
  keys: ({ externalRef, userId }) => ({
    accounts: [reserve],
    rows: [
      rowKey(deposits, depositIdOf(externalRef)),
      rowKey(userStates, userId),
      rowKey(redeemHolds, userId),
    ],
  }),
  decide(view, { externalRef, userId, amount, holdMs }) {
    requirePositiveAmount(amount);
    requirePlainLine(externalRef, 'externalRef', maxExternalRefLength);
    const payment = { externalRef, userId, account: null, amount };
    const known = view.row(deposits, depositIdOf(externalRef));
    if (known) {
      requireSameContent(known, payment);
      return { result: presentDeposit(known) };
    }
    requireUser(view, userId);
    const origin = { source: 'webhook', reason: null, recordedBy: null };
    return confirm(view, newDeposit(view, { ...payment, ...origin }), holdMs);
  },
};

const chargeBackPayment: Command<Chargeback, Deposit> = {
  kind: 'charge_back_payment',
  keys: ({ externalRef }) => ({
    accounts: reversalAccounts,
    rows: [rowKey(deposits, depositIdOf(externalRef))],
  }),
  decide(view, { externalRef, reason }) {
    requireReason(reason);
    const deposit = requireDeposit(view, depositIdOf(externalRef));
    // Nothing is left to take back, from an earlier delivery of this event or by an operator.
    if (deposit.status === 'reversed' || deposit.status === 'rejected') {
      return { result: presentDeposit(deposit) };
    }
    return reverse(view, deposit, { reason, by: null }).decision;
  },
};

export interface Payments {
  /**
   * The same payment told twice is one deposit.
   * @throws DomainError USER_NOT_FOUND, DEPOSIT_REFERENCE_REUSED, AMOUNT_OUT_OF_RANGE, INVALID_REQUEST
   */
  receive(payment: Payment, requestId: string): Promise<Deposit>;
  /**
   * The same chargeback told twice is one reversal.
   * @throws DomainError DEPOSIT_NOT_FOUND; STATE_CONFLICT while a second operator has yet to decide on the deposit:
   * both may pass, and the provider will tell it again
   */
  chargeBack(externalRef: string, reason: string, requestId: string): Promise<Deposit>;
}

interface PaymentsOptions {
  readonly committer: Committer;
  /** How long the Credits of a payment cannot be redeemed. */
  readonly redeemHoldMs: number;
}

const actor = 'webhook';

export function createPayments({ committer, redeemHoldMs }: PaymentsOptions): Payments {
  return {
    async receive(payment, requestId) {
      const input = { ...payment, holdMs: redeemHoldMs };
      return (await committer.submit(receivePayment, input, { actor, requestId })).result;
    },
    async chargeBack(externalRef, reason, requestId) {
      const input = { externalRef, reason };
      return (await committer.submit(chargeBackPayment, input, { actor, requestId })).result;
    },
  };
}
