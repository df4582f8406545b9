// The mock's errors in OpenAI's and in Anthropic's shape.

/** An error in OpenAI's shape. A 401 quotes the key, as OpenAI's own does, so that a leak of it can be seen. */
export function errorBody(
  status: number,
  key: string | undefined,
  message = messageOf(status, key),
): string {
  return JSON.stringify({
    error: {
      message,
      type: status >= 500 ? 'server_error' : 'invalid_request_error',
      param: null,
      code: status === 401 ? 'invalid_api_key' : null,
    },
  });
}

function messageOf(status: number, key: string | undefined): string {
  return status === 401
    ? `Incorrect API key provided: ${key ?? 'none'}.`
    : `The mock upstream was told to fail with ${status}.`;
}

const typesByStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** The same in Anthropic's shape. */
export function messagesErrorBody(
  status: number,
  key: string | undefined,
  message = messageOf(status, key),
): string {
  return JSON.stringify({
    type: 'error',
    error: { type: typesByStatus[status] ?? 'api_error', message },
    request_id: 'req_mock',
  });
}
