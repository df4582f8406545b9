// The caller's own account.
import { z } from 'zod';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { presentUser, userAnswer } from './admin-users';
import { presentTier, tierAnswer } from './tier-answer';
import { newPassword } from './users';

const meAnswer = z.object({
  user: userAnswer,
  tier: tierAnswer,
  entitlements: z.array(z.object({ kind: z.string() }).loose()).meta({
    description:
      "Rights beyond those of the tier: a champion's perk of Compute Wars (`unlimited_concurrency`, `free_calls`), or one to be chosen (`perk_choice`); quota of a scarce model (`imo_quota`).",
  }),
});

export function createMeRoutes({
  entitlements,
  imos,
  users,
  tiers,
}: Pick<Services, 'entitlements' | 'imos' | 'users' | 'tiers'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/me',
      access: 'read',
      tag: 'Identity',
      summary: 'Who I am, my tier and my entitlements',
      answer: meAnswer,
      async handle({ caller }) {
        const [user, standing, perks, quotas] = await Promise.all([
          users.get(caller.userId),
          tiers.standingOf(caller.userId),
          entitlements.of(caller.userId),
          imos.entitlementsOf(caller.userId),
        ]);
        return {
          body: {
            user: presentUser(user),
            tier: presentTier(standing),
            entitlements: [...perks, ...quotas],
          },
        };
      },
    }),
    route({
      method: 'post',
      path: '/me/password',
      access: 'account',
      tag: 'Identity',
      summary: 'Change the password; ends all other sessions',
      body: z.object({ current: z.string().min(1).max(1000), new: newPassword }),
      status: 204,
      async handle({ body, caller }) {
        await users.changePassword(caller, body.current, body.new);
        return {};
      },
    }),
  ];
}
