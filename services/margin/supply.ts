// Supplying a lending pool, and taking supplies back (DESIGN 2.6): users of their own, operators of the treasury's Credits.
// What is lent cannot be withdrawn.
import { requirePositiveAmount } from '../../domain/credits';
import { DomainError } from '../../domain/errors';
import {
  leastSupplyIndex,
  sharesOfSupply,
  sharesOfWithdrawal,
  wad,
  withdrawalIndex,
} from '../../domain/margin/lending-pool';
import { formatAmount, maxOf, mulDivDown, type Asset } from '../../domain/money';
import { requireReason } from '../../domain/text';
import { platformAccount, userAccount, type Account } from '../../ledger/accounts';
import { putRow, rowKey, type Command, type Decision, type View } from '../../ledger/command';
import { auditAct } from '../identity/audit-log';
import {
  requireActiveUser,
  requireOperator,
  requireUser,
  userStates,
} from '../identity/user-state';
import { Pool, poolKeys } from './pool';
import { lendingSupplies, supplyIdOf, treasuryHolder, type SupplyRow } from './pool-rows';
import { presentSupply, type Supply } from './pool-views';
import { shortfallOf } from './shortfall';

export interface ChangeSupply {
  readonly userId: string;
  readonly asset: Asset;
  /** Base units; for a withdrawal null: all of it. */
  readonly amount: bigint | null;
}

function supplyKeys({ userId, asset }: ChangeSupply) {
  const pool = poolKeys(asset);
  return {
    accounts: [...pool.accounts, userAccount(userId, 'available', asset)],
    rows: [
      ...pool.rows,
      rowKey(userStates, userId),
      rowKey(lendingSupplies, supplyIdOf(asset, userId)),
    ],
  };
}

/** @throws DomainError USER_FROZEN, AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS, STATE_CONFLICT */
export const supplyPool: Command<ChangeSupply, { readonly supply: Supply }> = {
  kind: 'supply_pool',
  keys: supplyKeys,
  decide(view, { userId, asset, amount }) {
    requireActiveUser(view, userId);
    return supply(view, asset, userId, amount ?? 0n, userAccount(userId, 'available', asset));
  },
};

/**
 * A frozen user may: it becomes theirs, and cannot be spent.
 * @throws DomainError AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS beyond the claim, POOL_CASH_SHORT for what is lent
 */
export const withdrawFromPool: Command<ChangeSupply, { readonly supply: Supply }> = {
  kind: 'withdraw_from_pool',
  keys: supplyKeys,
  decide(view, { userId, asset, amount }) {
    requireUser(view, userId);
    return withdraw(view, asset, userId, amount, userAccount(userId, 'available', asset));
  },
};

export interface SeedPool {
  readonly operatorId: string;
  readonly requestId: string;
  /** Base units of CREDIT; below 0: taken back. */
  readonly amount: bigint;
  readonly reason: string;
}

/** @throws DomainError FORBIDDEN, as `supplyPool` and `withdrawFromPool` for the treasury's Credits */
export const seedPool: Command<SeedPool, { readonly supply: Supply }> = {
  kind: 'seed_pool',
  keys: ({ operatorId }) => {
    const pool = poolKeys('CREDIT');
    return {
      accounts: [...pool.accounts, treasury],
      rows: [
        ...pool.rows,
        rowKey(userStates, operatorId),
        rowKey(lendingSupplies, supplyIdOf('CREDIT', treasuryHolder)),
      ],
    };
  },
  decide(view, { operatorId, requestId, amount, reason }) {
    requireOperator(view, operatorId);
    requireReason(reason);
    const decision =
      amount >= 0n
        ? supply(view, 'CREDIT', treasuryHolder, amount, treasury)
        : withdraw(view, 'CREDIT', treasuryHolder, -amount, treasury);
    const logged = auditAct(view.at, {
      operatorId,
      action: 'margin.seed',
      subjectKind: 'lending_pool',
      subjectId: 'CREDIT',
      reason,
      details: { amount: formatAmount(amount) },
      requestId,
    });
    return { ...decision, rows: [...(decision.rows ?? []), logged] };
  },
};

const treasury = platformAccount('treasury', 'CREDIT');

function readSupply(view: View, asset: Asset, holder: string): SupplyRow {
  const id = supplyIdOf(asset, holder);
  const row = view.row(lendingSupplies, id);
  return row ?? { id, asset, holder, shares: 0n, supplied: 0n, withdrawn: 0n, updatedAt: view.at };
}

function beyondClaim(
  asset: Asset,
  needed: bigint,
  available: bigint,
  isMarkedDown: boolean,
): DomainError {
  const why = isMarkedDown
    ? ' now: while positions owe more than they are worth, it is paid as if that were lost'
    : '';
  return new DomainError('INSUFFICIENT_FUNDS', `Your supply of ${asset} is not worth that${why}.`, {
    asset,
    needed: formatAmount(needed),
    available: formatAmount(available),
  });
}

function insufficient(asset: Asset, needed: bigint, available: bigint): DomainError {
  return new DomainError('INSUFFICIENT_FUNDS', `There is not that much ${asset}.`, {
    asset,
    needed: formatAmount(needed),
    available: formatAmount(available),
  });
}

function supply(
  view: View,
  asset: Asset,
  holder: string,
  amount: bigint,
  from: Account,
): Decision<{ supply: Supply }> {
  requirePositiveAmount(amount);
  const available = view.balance(from);
  if (amount > available) throw insufficient(asset, amount, available);
  const pool = new Pool(view, asset);
  const { supplyIndex } = pool.current;
  if (supplyIndex < leastSupplyIndex) {
    throw new DomainError('STATE_CONFLICT', 'This pool has lost nearly all of its supplies.');
  }
  const shares = sharesOfSupply(amount, supplyIndex);
  if (shares === 0n) throw new DomainError('AMOUNT_OUT_OF_RANGE', 'amount: that is too little.');
  pool.addSupply(amount, shares, from);
  const before = readSupply(view, asset, holder);
  return decided(view, pool, {
    ...before,
    shares: before.shares + shares,
    supplied: before.supplied + amount,
  });
}

function withdraw(
  view: View,
  asset: Asset,
  holder: string,
  asked: bigint | null,
  to: Account,
): Decision<{ supply: Supply }> {
  if (asked !== null) requirePositiveAmount(asked);
  const pool = new Pool(view, asset);
  const before = readSupply(view, asset, holder);
  // What those who left before were marked down by is there for it already.
  const missing = maxOf(0n, shortfallOf(view, pool) - pool.reserveShare);
  const index = withdrawalIndex(pool.current, missing);
  const claim = mulDivDown(before.shares, index, wad);
  const amount = asked ?? claim;
  if (before.shares === 0n) {
    throw new DomainError('INSUFFICIENT_FUNDS', `You have supplied no ${asset}.`, { asset });
  }
  if (amount > claim || amount === 0n) throw beyondClaim(asset, amount, claim, missing > 0n);
  if (amount > pool.cash) {
    throw new DomainError(
      'POOL_CASH_SHORT',
      'Some of that is lent at the moment; it can be withdrawn once it was repaid.',
      { asset, withdrawable: formatAmount(pool.cash) },
    );
  }
  const shares = amount === claim ? before.shares : sharesOfWithdrawal(amount, index);
  pool.payWithdrawal(amount, shares, to);
  return decided(view, pool, {
    ...before,
    shares: before.shares - shares,
    withdrawn: before.withdrawn + amount,
  });
}

function decided(view: View, pool: Pool, row: SupplyRow): Decision<{ supply: Supply }> {
  const next = { ...row, updatedAt: view.at };
  return {
    transfers: pool.transfers,
    rows: [putRow(lendingSupplies, next), ...pool.rows()],
    result: { supply: presentSupply(next, pool.current.supplyIndex) },
  };
}
