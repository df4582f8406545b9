// Operators' view of users, and what they do to them.
import { z } from 'zod';
import { roles } from '../../domain/identity';
import { roleChangeStatuses } from '../../services/identity/role-changes';
import type { ListedUser, User } from '../../services/identity/users';
import type { Services } from '../context';
import { route, type Route } from '../route';
import {
  idParams,
  pageOf,
  pageQuery,
  presentOptionalTime,
  presentPage,
  presentTime,
  reason,
  timeAnswer,
} from '../schemas';

export const userAnswer = z
  .object({
    id: z.uuid(),
    email: z.string(),
    handle: z.string(),
    role: z.enum(roles),
    frozenAt: timeAnswer.nullable(),
    frozenReason: z.string().nullable(),
    acceptsRisksAt: timeAnswer.nullable(),
    createdAt: timeAnswer,
  })
  .meta({ id: 'User' });

export function presentUser(user: User): z.input<typeof userAnswer> {
  const { id, email, handle, role, frozenReason } = user;
  return {
    id,
    email,
    handle,
    role,
    frozenReason,
    frozenAt: presentOptionalTime(user.frozenAt),
    acceptsRisksAt: presentOptionalTime(user.acceptsRisksAt),
    createdAt: presentTime(user.createdAt),
  };
}

const nameText = z.string().trim().min(1).max(254);

const listedUserAnswer = userAnswer
  .extend({
    proposedRole: z
      .enum(roles)
      .nullable()
      .meta({ description: 'Proposed by an operator; waits for another one.' }),
    proposedBy: z.uuid().nullable(),
  })
  .meta({ id: 'ListedUser' });

function presentListedUser(user: ListedUser): z.input<typeof listedUserAnswer> {
  const { proposedRole, proposedBy } = user;
  return { ...presentUser(user), proposedRole, proposedBy };
}

const standingAnswer = z.object({
  user: userAnswer.pick({ id: true, role: true, frozenAt: true, frozenReason: true }),
});

const roleAnswer = standingAnswer.extend({
  status: z.enum(roleChangeStatuses).meta({
    description: 'awaiting_second: the role is as it was until another operator asks for the same.',
  }),
});

const mostIds = 200;
const userIds = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.uuid()).max(mostIds))
  .meta({ description: `Those alone: up to ${mostIds} ids, separated by commas.` });

const common = { access: 'operator', tag: 'Operators' } as const;
const act = {
  ...common,
  method: 'post',
  idempotency: 'optional',
  params: idParams,
  answer: standingAnswer,
} as const;

export function createAdminUserRoutes({
  users,
  operators,
}: Pick<Services, 'users' | 'operators'>): Route[] {
  return [
    route({
      ...common,
      method: 'get',
      path: '/admin/users',
      summary: 'Users, newest first',
      query: pageQuery.extend({
        search: nameText
          .optional()
          .meta({ description: 'Part of an e-mail address or handle, or a whole id.' }),
        name: nameText
          .optional()
          .meta({ description: 'A whole e-mail address or handle, in any case.' }),
        ids: userIds.optional(),
      }),
      answer: pageOf(listedUserAnswer),
      async handle({ query }) {
        const { search, name, ids } = query;
        const found = await users.list({ search, name, ids }, query);
        return { body: presentPage(found, presentListedUser) };
      },
    }),
    route({
      ...act,
      path: '/admin/users/:id/role',
      summary: 'Give or take the role of an operator',
      description:
        'To give it takes two operators: the first request proposes, the same of another operator confirms. ' +
        'Role `user` withdraws a proposal, and takes the role away at once as long as two operators remain.',
      body: z.object({ role: z.enum(roles), reason }),
      answer: roleAnswer,
      async handle({ params, body, caller }) {
        const { user, status, replayed } = await operators.changeRole(
          caller,
          params.id,
          body.role,
          body.reason,
        );
        return { body: { user, status }, replayed };
      },
    }),
    route({
      ...act,
      path: '/admin/users/:id/freeze',
      summary: 'Freeze a user: nothing can be spent, traded or redeemed',
      body: z.object({ reason }),
      async handle({ params, body, caller }) {
        const { user, replayed } = await operators.freeze(caller, params.id, body.reason);
        return { body: { user }, replayed };
      },
    }),
    route({
      ...act,
      path: '/admin/users/:id/unfreeze',
      summary: 'Unfreeze a user',
      body: z.object({ reason }),
      async handle({ params, body, caller }) {
        const { user, replayed } = await operators.unfreeze(caller, params.id, body.reason);
        return { body: { user }, replayed };
      },
    }),
  ];
}
