// The console's sign-in and sign-out.
import { stringifySetCookie } from 'cookie';
import type { Request } from 'express';
import { z } from 'zod';
import { readSessionToken, sessionCookie } from '../../services/identity/authenticator';
import { hashSecret } from '../../services/identity/secrets';
import { demoGuests, sessionLifeMs, type Session } from '../../services/identity/sessions';
import type { Services } from '../context';
import { clientOf } from '../rate-limits';
import { route, type Reply, type Route } from '../route';
import { presentTime, timeAnswer } from '../schemas';

const sessionAnswer = z.object({ userId: z.uuid(), expiresAt: timeAnswer });

function makeCookie(request: Request, token: string, maxAgeSeconds: number): string {
  return stringifySetCookie(sessionCookie, token, {
    httpOnly: true,
    sameSite: 'strict',
    secure: request.secure,
    path: '/',
    maxAge: maxAgeSeconds,
  });
}

function answerSession(request: Request, session: Session): Reply<z.input<typeof sessionAnswer>> {
  return {
    headers: { 'set-cookie': makeCookie(request, session.token, sessionLifeMs / 1000) },
    body: { userId: session.userId, expiresAt: presentTime(session.expiresAt) },
  };
}

const common = { access: 'public', tag: 'Identity' } as const;

export function createSessionRoutes({ sessions }: Pick<Services, 'sessions'>): Route[] {
  return [
    route({
      ...common,
      method: 'post',
      path: '/sessions',
      limit: 'signIn',
      summary: 'Sign in: sets the session cookie',
      body: z.object({ email: z.string().min(1).max(254), password: z.string().min(1).max(1000) }),
      answer: sessionAnswer,
      status: 201,
      async handle({ body, request }) {
        const client = clientOf(request.ip ?? '');
        return answerSession(request, await sessions.create(body.email, body.password, client));
      },
    }),
    route({
      ...common,
      method: 'post',
      path: '/sessions/demo',
      limit: 'signIn',
      summary:
        'Look around as the demo user, or as a whale that may vote (404 where there is none)',
      query: z.object({ as: z.enum(demoGuests).default('user') }),
      answer: sessionAnswer,
      status: 201,
      async handle({ query, request }) {
        return answerSession(request, await sessions.createDemo(query.as));
      },
    }),
    route({
      ...common,
      method: 'delete',
      path: '/sessions',
      summary: 'Sign out: ends the session of the cookie',
      status: 204,
      async handle({ request }) {
        const token = readSessionToken(request.headers.cookie);
        if (token !== undefined) await sessions.remove(hashSecret(token));
        return { headers: { 'set-cookie': makeCookie(request, '', 0) } };
      },
    }),
  ];
}
