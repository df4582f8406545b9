// A user's own position under the lock (DESIGN 2.6): whose it is and whether it may be acted on.
import { DomainError } from '../../domain/errors';
import type { View } from '../../ledger/command';
import { marginPositions, type PositionRow } from './position-rows';

export function positionNotFound(): DomainError {
  return new DomainError('POSITION_NOT_FOUND', 'There is no such position.');
}

/** @throws DomainError POSITION_NOT_FOUND */
export function requirePosition(view: View, positionId: string): PositionRow {
  const row = view.row(marginPositions, positionId);
  if (!row) throw positionNotFound();
  return row;
}

const states = {
  liquidating: 'is being liquidated',
  taken_over: 'was taken over by the risk reserve',
  closed: 'is closed already',
};

/**
 * The owner's position, which must be open: not fenced, taken over or closed.
 * @throws DomainError POSITION_NOT_FOUND, also for another user's; STATE_CONFLICT
 */
export function requireOpenPosition(view: View, positionId: string, userId: string): PositionRow {
  const row = requirePosition(view, positionId);
  if (row.userId !== userId) throw positionNotFound();
  if (row.status === 'open') return row;
  throw new DomainError('STATE_CONFLICT', `The position ${states[row.status]}.`, {
    status: row.status,
  });
}
