// Errors of /v1/messages in Anthropic's shape: statuses and headers are those of the relay's one table (errors.ts), the
// type follows from the status as Anthropic documents it.
import type { ServerResponse } from 'node:http';
import { describeError, sendAnswer } from '../errors';

const typesByStatus: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

/** What Anthropic answers where it is overloaded itself. */
const overloadedStatus = 529;

function describeForMessages(error: unknown, requestId: string | undefined) {
  const answer = describeError(error);
  const status = answer.error.code === 'upstream_overloaded' ? overloadedStatus : answer.status;
  const type = typesByStatus.get(status) ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  const body = {
    type: 'error',
    error: { type, message: answer.error.message },
    request_id: requestId ?? null,
  };
  return { ...answer, status, body };
}

/** Answers an error, if nothing has been answered yet. */
export function sendMessagesError(
  response: ServerResponse & { readonly locals: unknown },
  error: unknown,
): void {
  const { requestId } = response.locals as { readonly requestId?: string };
  const answer = describeForMessages(error, requestId);
  sendAnswer(response, answer, answer.body);
}

/** The event that ends a stream which failed after its first byte. */
export function messagesErrorEventOf(error: unknown, requestId: string): string {
  const { body } = describeForMessages(error, requestId);
  return `event: error\ndata: ${JSON.stringify(body)}\n\n`;
}
