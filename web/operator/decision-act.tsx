// A decision about one thing, that takes a reason and nothing else.
import { answerOf, api } from '../api/client';
import { ActForm, reasonOf } from './act-form';
import type { Act } from './acts';

interface Decision {
  readonly path:
    | '/api/v1/admin/buybacks/{id}/pause'
    | '/api/v1/admin/buybacks/{id}/resume'
    | '/api/v1/admin/deposits/{id}/approve'
    | '/api/v1/admin/deposits/{id}/reject'
    | '/api/v1/admin/deposits/{id}/reverse'
    | '/api/v1/admin/governance/proposals/{id}/veto'
    | '/api/v1/admin/imos/{id}/cancel'
    | '/api/v1/admin/predictions/{id}/approve'
    | '/api/v1/admin/predictions/{id}/reject'
    | '/api/v1/admin/predictions/{id}/void'
    | '/api/v1/admin/redemptions/{id}/approve'
    | '/api/v1/admin/redemptions/{id}/reject'
    | '/api/v1/admin/users/{id}/freeze'
    | '/api/v1/admin/users/{id}/unfreeze';
  /** What comes of it. */
  readonly note?: string;
  /** What is asked before what cannot be undone. */
  readonly question?: string;
}

export function decisionAct(name: string, id: string, { path, ...words }: Decision): Act {
  return {
    name,
    form: (onDone) => (
      <ActForm
        title={name}
        {...words}
        bodyOf={reasonOf}
        send={(body, key) =>
          answerOf(
            api.POST(path, { params: { path: { id }, header: { 'Idempotency-Key': key } }, body }),
          )
        }
        onDone={onDone}
      />
    ),
  };
}
