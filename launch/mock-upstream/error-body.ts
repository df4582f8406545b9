// The mock's errors in OpenAI's shape.

/** An error in OpenAI's shape. A 401 quotes the key, as OpenAI's own does, so that a leak of it can be seen. */
export function errorBody(status: number, key: string | undefined): string {
  const message =
    status === 401
      ? `Incorrect API key provided: ${key ?? 'none'}.`
      : `The mock upstream was told to fail with ${status}.`;
  return JSON.stringify({
    error: {
      message,
      type: status >= 500 ? 'server_error' : 'invalid_request_error',
      param: null,
      code: status === 401 ? 'invalid_api_key' : null,
    },
  });
}
