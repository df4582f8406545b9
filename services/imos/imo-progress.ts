// Where an IMO stands and what comes next (DESIGN 2.7), read from its row under the lock: every step of its workflow is
// answered with this, so that one that begins again goes on where the row is.
import { DomainError } from '../../domain/errors';
import { rowKey, type RowKey, type View } from '../../ledger/command';
import { stepAt, type DueStep, type LifecycleStep } from '../lifecycle-step';
import { imos, type ImoRow } from './imo-rows';
import { presentImo, type Imo } from './imo-views';

export type ImoStepKind = 'open' | 'close' | 'weigh' | 'allocate' | 'expire' | 'return_locks';

export interface ImoProgress {
  readonly imo: Imo;
  /** The higher one is the newer, whichever answer comes first. */
  readonly revision: number;
  readonly next: LifecycleStep<ImoStepKind>;
}

export function imoKey(imoId: string): RowKey {
  return rowKey(imos, imoId);
}

/** @throws DomainError IMO_NOT_FOUND */
export function requireImo(view: View, imoId: string): ImoRow {
  const imo = view.row(imos, imoId);
  if (!imo) throw imoNotFound();
  return imo;
}

export function imoNotFound(): DomainError {
  return new DomainError('IMO_NOT_FOUND', 'There is no such IMO.');
}

export function progressOf(at: number, imo: ImoRow): ImoProgress {
  return {
    imo: presentImo(imo, at),
    revision: imo.revision,
    next: stepAt(at, dueStep(at, imo)),
  };
}

/** The IMO after a step that changed it. */
export function changed(imo: ImoRow, changes: Partial<ImoRow>): ImoRow {
  return { ...imo, ...changes, revision: imo.revision + 1 };
}

function dueStep(at: number, imo: ImoRow): DueStep<ImoStepKind> {
  switch (imo.status) {
    case 'announced':
      // Time alone opens it: nothing is written.
      return at < imo.opensAt
        ? { kind: 'open', dueAt: imo.opensAt }
        : { kind: 'close', dueAt: imo.closesAt };
    case 'weighing':
      return { kind: 'weigh', dueAt: 0 };
    case 'allocating':
      return { kind: 'allocate', dueAt: 0 };
    case 'active':
      return { kind: 'expire', dueAt: imo.expiresAt };
    case 'expired':
    case 'cancelled':
      return { kind: imo.settledAt === null ? 'return_locks' : 'nothing', dueAt: 0 };
  }
}

/** Whether a step is what comes next, and due. */
export function isDue(at: number, imo: ImoRow, step: ImoStepKind): boolean {
  const { kind, dueAt } = dueStep(at, imo);
  return kind === step && dueAt <= at;
}
