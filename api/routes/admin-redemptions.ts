// Operators' decisions on redemptions (DESIGN 2.1). They go through the redemption's workflow, whose commands check
// the role again and write the audit log.
import { z } from 'zod';
import type { UpdateDefinition } from '@temporalio/common';
import { DomainError } from '../../domain/errors';
import type { Caller } from '../../services/identity/caller';
import type { Redemption } from '../../services/credits/redemption-rows';
import type { OperatorAct } from '../../workflows/operator-acts';
import { approveUpdate, rejectUpdate } from '../../workflows/redemption';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { idParams, reason } from '../schemas';
import type { Temporal } from '../temporal';
import { presentRedemption, redemptionAnswer } from './redemptions';

const act = {
  access: 'operator',
  tag: 'Credits',
  method: 'post',
  idempotency: 'required',
  params: idParams,
  body: z.object({ reason }),
  answer: z.object({ redemption: redemptionAnswer }),
} as const;

export function createAdminRedemptionRoutes({
  redemptions,
  temporal,
}: Pick<Services, 'redemptions'> & { readonly temporal: Temporal }): Route[] {
  async function decide(
    update: UpdateDefinition<Redemption, [OperatorAct]>,
    id: string,
    caller: Caller,
    reason: string,
  ) {
    await redemptions.get(id);
    const { result, replayed } = await temporal.sendUpdate({
      workflowId: `redemption/${id}`,
      update,
      args: [{ operatorId: caller.userId, reason, requestId: caller.requestId }],
      caller,
      async explainAbsence() {
        const { status } = await redemptions.get(id);
        return status === 'approved' || status === 'rejected'
          ? new DomainError('STATE_CONFLICT', `The redemption is ${status} already.`, { status })
          : undefined;
      },
    });
    return { body: { redemption: presentRedemption(result) }, replayed };
  }

  return [
    route({
      ...act,
      path: '/admin/redemptions/:id/approve',
      summary: 'Approve a redemption: its Credits are destroyed',
      description: 'Above the four-eyes limit two operators must approve.',
      handle: ({ params, body, caller }) => decide(approveUpdate, params.id, caller, body.reason),
    }),
    route({
      ...act,
      path: '/admin/redemptions/:id/reject',
      summary: 'Reject a redemption: its Credits go back to the user',
      handle: ({ params, body, caller }) => decide(rejectUpdate, params.id, caller, body.reason),
    }),
  ];
}
