// Who looks at the console: the API's session cookie says it, which no script can read.
import {
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
  type QueryClient,
} from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { answerOf, api } from '../api/client';
import { ownUnanswered } from '../api/unanswered';
import type { AnswerOf } from '../api/types';
import { Problem } from '../api/problem';

const meKey = ['me'];

export type Me = AnswerOf<'/api/v1/me'>;

/** Whose session has ended while they were here; forgotten with everything else at the next sign-in. */
const endedKey = ['session ended'];

/** The caller's account; null: nobody is signed in. */
export const meQuery = queryOptions({
  queryKey: meKey,
  async queryFn({ client }) {
    const me = await answerOf(api.GET('/api/v1/me')).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    });
    if (me) {
      ownUnanswered(me.user.id);
      forgetOthers(client, me.user.id);
    } else {
      noteEnd(client);
    }
    return me;
  },
});

/** Another page of this browser has signed somebody else in: nothing of whoever was here stays. */
function forgetOthers(queries: QueryClient, userId: string): void {
  const lastId = queries.getQueryData<Me | null>(meKey)?.user.id ?? endedOf(queries);
  if (lastId === undefined) return;
  if (lastId === userId) return queries.removeQueries({ queryKey: endedKey });
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey !== meKey });
}

function endedOf(queries: QueryClient): string | undefined {
  return queries.getQueryData<string>(endedKey);
}

function noteEnd(queries: QueryClient): void {
  const me = queries.getQueryData<Me | null>(meKey);
  if (me) queries.setQueryData(endedKey, me.user.id);
}

/** A session that has ended shows as nobody's: the page that was open comes back with the next one. */
export function endSession(queries: QueryClient): void {
  noteEnd(queries);
  queries.setQueryData(meKey, null);
}

/** Whether it was somebody's before it was nobody's. */
export function useHasEnded(): boolean {
  return endedOf(useQueryClient()) !== undefined;
}

export function useMe() {
  return useQuery(meQuery);
}

export type DemoGuest = 'user' | 'whale';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface NewAccount extends Credentials {
  readonly handle: string;
}

/** Tells the other pages of this browser, which share the session. */
const changes = new BroadcastChannel('session');

/** Looks at once who it is when another page has signed somebody in or out. */
export function useSharedSession(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const look = () => void queries.invalidateQueries({ queryKey: meKey });
    changes.addEventListener('message', look);
    return () => changes.removeEventListener('message', look);
  }, [queries]);
}

/** Everything that is shown was somebody else's, or nobody's. */
function useForgetAll() {
  const queries = useQueryClient();
  return () => {
    changes.postMessage(null);
    return queries.resetQueries();
  };
}

export function useSignIn() {
  const onSuccess = useForgetAll();
  return useMutation({
    meta: { isSignIn: true },
    mutationFn: (body: Credentials) => answerOf(api.POST('/api/v1/sessions', { body })),
    onSuccess,
  });
}

export function useDemoSignIn() {
  const onSuccess = useForgetAll();
  return useMutation({
    meta: { isSignIn: true },
    mutationFn: (as: DemoGuest) =>
      answerOf(api.POST('/api/v1/sessions/demo', { params: { query: { as } } })),
    onSuccess,
  });
}

/**
 * Signs up, and in; an account that was made already, in an attempt that then failed, is only signed in to. The key that the API
 * answers is not kept: keys are made on their own page.
 */
export function useSignUp() {
  const onSuccess = useForgetAll();
  const made = useRef<Credentials>(null);
  return useMutation({
    meta: { isSignIn: true },
    async mutationFn({ email, password, handle }: NewAccount) {
      if (made.current?.email !== email || made.current.password !== password) {
        const body = { email, password, handle, acceptsRisks: true };
        await answerOf(api.POST('/api/v1/users', { body }));
        made.current = { email, password };
      }
      return answerOf(api.POST('/api/v1/sessions', { body: { email, password } }));
    },
    onSuccess,
  });
}

export function useSignOut() {
  const onSuccess = useForgetAll();
  return useMutation({ mutationFn: () => answerOf(api.DELETE('/api/v1/sessions')), onSuccess });
}
