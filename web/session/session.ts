// Who looks at the console: the API's session cookie says it, which no script can read.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { Problem } from '../api/problem';

const meKey = ['me'];

/** The caller's account; null: nobody is signed in. */
export function useMe() {
  return useQuery({
    queryKey: meKey,
    queryFn: () =>
      answerOf(api.GET('/api/v1/me')).catch((error: unknown) => {
        if (error instanceof Problem && error.status === 401) return null;
        throw error;
      }),
  });
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface NewAccount extends Credentials {
  readonly handle: string;
}

/** Everything that is shown was somebody else's, or nobody's. */
function useForgetAll() {
  const queries = useQueryClient();
  return () => queries.resetQueries();
}

export function useSignIn() {
  const onSuccess = useForgetAll();
  return useMutation({
    mutationFn: (body: Credentials) => answerOf(api.POST('/api/v1/sessions', { body })),
    onSuccess,
  });
}

export function useDemoSignIn() {
  const onSuccess = useForgetAll();
  return useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/sessions/demo')),
    onSuccess,
  });
}

/** Signs up, and in. The key that the API answers is not kept: keys are made on their own page. */
export function useSignUp() {
  const onSuccess = useForgetAll();
  return useMutation({
    async mutationFn({ email, password, handle }: NewAccount) {
      const body = { email, password, handle, acceptsRisks: true };
      await answerOf(api.POST('/api/v1/users', { body }));
      return answerOf(api.POST('/api/v1/sessions', { body: { email, password } }));
    },
    onSuccess,
  });
}

export function useSignOut() {
  const onSuccess = useForgetAll();
  return useMutation({ mutationFn: () => answerOf(api.DELETE('/api/v1/sessions')), onSuccess });
}
