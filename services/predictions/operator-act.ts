// What all acts of operators on a prediction market have in common (DESIGN 2.8 and 6): another person's case, a reason, the
// log. Whoever proposed the market or holds a lot of it decides nothing about it.
import { DomainError, type ErrorDetails } from '../../domain/errors';
import { requireReason } from '../../domain/text';
import { rowKey, type RowKey, type RowWrite, type View } from '../../ledger/command';
import { auditAct } from '../identity/audit-log';
import { requireOperator, userStates } from '../identity/user-state';
import { holdsPosition, positionKey } from './lot-rows';
import { requireMarket } from './market-progress';
import { marketKeys, type MarketRow } from './market-rows';

/** An operator's act, as it reaches the engine through the market's workflow. */
export interface MarketAct {
  readonly marketId: string;
  readonly operatorId: string;
  /** Public; of a resolution the evidence. */
  readonly reason: string;
  /** Tells a repeat from a second act: the id of the workflow's update. */
  readonly decisionKey: string;
  readonly requestId: string;
}

export function actKeys({ marketId, operatorId }: MarketAct): { readonly rows: RowKey[] } {
  return {
    rows: [
      rowKey(userStates, operatorId),
      ...marketKeys(marketId),
      positionKey(marketId, operatorId),
    ],
  };
}

/**
 * The market, for an operator who may decide about it.
 * @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, PREDICTION_NOT_FOUND, ACTION_BY_INTERESTED_OPERATOR
 */
export function requireDisinterested(view: View, act: MarketAct): MarketRow {
  const { marketId, operatorId, reason } = act;
  requireOperator(view, operatorId);
  requireReason(reason);
  const market = requireMarket(view, marketId);
  if (market.proposerId === operatorId || holdsPosition(view, marketId, operatorId)) {
    throw new DomainError(
      'ACTION_BY_INTERESTED_OPERATOR',
      'Who proposed the market or holds a position in it does not decide about it.',
    );
  }
  return market;
}

/** @throws DomainError ACTION_BY_INTERESTED_OPERATOR when it is the operator who proposed the outcome */
export function requireSecondOperator({ operatorId }: MarketAct, { resolvedBy }: MarketRow): void {
  if (resolvedBy !== operatorId) return;
  throw new DomainError(
    'ACTION_BY_INTERESTED_OPERATOR',
    'A second operator has to decide: you proposed the outcome.',
  );
}

export function auditMarketAct(
  at: number,
  { marketId, operatorId, reason, requestId }: MarketAct,
  act: 'approve' | 'reject' | 'resolve' | 'rule' | 'void',
  details: ErrorDetails = {},
): RowWrite {
  return auditAct(at, {
    operatorId,
    action: `prediction.${act}`,
    subjectKind: 'prediction',
    subjectId: marketId,
    reason,
    details,
    requestId,
  });
}
