// Sign-up.
import { z } from 'zod';
import { handlePattern, passwordLength } from '../../domain/identity';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { issuedKeyAnswer, presentIssuedKey } from './api-keys';

const email = z.string().trim().max(254).pipe(z.email());
export const newPassword = z.string().min(passwordLength.minimum).max(passwordLength.maximum);

const signUpBody = z.object({
  email,
  password: newPassword,
  handle: z
    .string()
    .regex(handlePattern, '3 to 24 letters, digits, "_" or "-", not beginning with those two'),
  acceptsRisks: z
    .boolean()
    .default(false)
    .meta({ description: 'Has read that it is a simulation.' }),
});

const signUpAnswer = z.object({
  user: z.object({ id: z.uuid(), email: z.string(), handle: z.string() }),
  apiKey: issuedKeyAnswer,
});

export function createUserRoutes({ users }: Pick<Services, 'users'>): Route[] {
  return [
    route({
      method: 'post',
      path: '/users',
      access: 'public',
      limit: 'signUp',
      tag: 'Identity',
      summary: 'Sign up',
      description: 'Answers a first key with all scopes of a user; its secret is shown only here.',
      body: signUpBody,
      answer: signUpAnswer,
      status: 201,
      async handle({ body }) {
        const { user, apiKey } = await users.signUp(body);
        const { id, email, handle } = user;
        return { body: { user: { id, email, handle }, apiKey: presentIssuedKey(apiKey) } };
      },
    }),
  ];
}
