// The public API as pages ask it: typed by the document that it publishes, signed in by its own cookie.
import createClient from 'openapi-fetch';
import { Problem, problemOf } from './problem';
import type { paths } from './schema';
import { keepsKeys } from './unanswered';

export const api = createClient<paths, 'application/json'>({
  baseUrl: '/',
  credentials: 'same-origin',
});
api.use(keepsKeys);

interface Answered<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** The body of an answer. @throws Problem in the API's own words, or of an API that cannot be reached */
export async function answerOf<Data>(asked: Promise<Answered<Data>>): Promise<Data> {
  const answered = await asked.catch(() => {
    throw new Problem({ status: 0, title: 'The API cannot be reached', detail: 'Try again soon.' });
  });
  const { data, error, response } = answered;
  if (!response.ok) throw problemOf(response.status, error);
  return data as Data;
}
