import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { DomainError, domainErrorCodes, InvariantError } from '../../domain/errors';
import { describeError, errorEventOf, sendError } from '../../relay/errors';
import { UpstreamError, type UpstreamErrorFields } from '../../relay/upstream/upstream-error';

/** The error that the server throws for every request, and how many requests came. */
let thrown: unknown;
let requests = 0;
const server = createServer((_request, response) => {
  requests++;
  sendError(response, thrown);
});
let client: OpenAI;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'lx_test', maxRetries: 1 });
});
beforeEach(() => (requests = 0));
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** What OpenAI's SDK makes of an error, and how often it asked. */
async function seenBySdk(error: unknown) {
  thrown = error;
  const seen = await client.models.list().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { seen, requests };
}

function upstream(fields: Partial<UpstreamErrorFields>): UpstreamError {
  return new UpstreamError({
    kind: 'status',
    message: 'https://upstream.internal answered with key sk-secret',
    retryable: true,
    accepted: false,
    ...fields,
  });
}

it('tells short funds as 402 insufficient_quota, which the SDK does not retry', async () => {
  const { seen } = await seenBySdk(new DomainError('INSUFFICIENT_FUNDS', 'Too few Credits.'));
  expect(seen).toMatchObject({
    status: 402,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    error: { message: 'Too few Credits.' },
  });
  expect(requests).toBe(1);
});

it('tells the concurrency limit as 429 rate_limit_exceeded, which the SDK retries', async () => {
  const { seen } = await seenBySdk(new DomainError('CONCURRENCY_LIMIT', 'Five calls are running.'));
  expect(seen).toBeInstanceOf(OpenAI.RateLimitError);
  expect(seen).toMatchObject({ code: 'rate_limit_exceeded' });
  expect((seen as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBe('1');
  expect(requests).toBe(2);
});

it('names the field at fault and never asks to wait more than 30 seconds', async () => {
  const { seen } = await seenBySdk(
    new DomainError('INVALID_REQUEST', 'n must be a positive integer.', {
      param: 'n',
      code: 'integer_below_min_value',
    }),
  );
  expect(seen).toMatchObject({ status: 400, param: 'n', code: 'integer_below_min_value' });
  expect(describeError(new DomainError('INVALID_REQUEST', 'No.')).error.code).toBe('invalid_value');

  const headers = new Map<string, unknown>();
  const response = {
    setHeader: (name: string, value: unknown) => headers.set(name, value),
    writeHead: () => undefined,
    end: () => undefined,
  };
  const slow = new DomainError('RATE_LIMITED', 'Slower.', { retryAfterSeconds: 300 });
  sendError(response as never, slow);
  expect(headers.get('retry-after')).toBe(30);
});

it.each([
  [{ kind: 'connect' }, 502, 'upstream_unreachable'],
  [{ kind: 'timeout' }, 504, 'upstream_timeout'],
  [{ kind: 'cut' }, 502, 'upstream_cut'],
  [{ kind: 'protocol' }, 502, 'upstream_error'],
  [{ status: 500 }, 502, 'upstream_error'],
  [{ status: 401 }, 502, 'upstream_error'],
  [{ status: 403 }, 502, 'upstream_error'],
  [{ status: 429, retryAfterSeconds: 7 }, 503, 'upstream_overloaded'],
  [{ status: 529 }, 503, 'upstream_overloaded'],
] as const)('hides what the upstream says of %j, and answers %i', (fields, status, code) => {
  const answer = describeError(upstream(fields));
  expect(answer).toMatchObject({ status, error: { type: 'server_error', code } });
  expect(JSON.stringify(answer)).not.toMatch(/sk-secret|upstream\.internal/);
});

it('keeps the SDK from retrying once all channels have failed, but not from waiting for a limit', async () => {
  await seenBySdk(upstream({ status: 500 }));
  expect(requests).toBe(1);
  await seenBySdk(upstream({ status: 429 }));
  expect(requests).toBe(3);
});

it("passes on the upstream's own complaint about the request", () => {
  const complaint = { message: 'Bad schema.', type: null, param: 'tools[0]', code: 'bad_schema' };
  expect(describeError(upstream({ status: 422, complaint }))).toEqual({
    status: 422,
    error: { ...complaint, type: 'invalid_request_error' },
  });
  expect(describeError(upstream({ status: 400 })).status).toBe(400);
});

it.each([404, 405, 501])('tells %i of the last upstream as a model that is not there', (status) => {
  const error = { type: 'invalid_request_error', param: 'model', code: 'model_not_found' };
  const message = 'No upstream serves this model at this endpoint at the moment.';
  expect(describeError(upstream({ status }))).toEqual({
    status: 404,
    error: { message, ...error },
  });
  const said = { message: 'No model of that name.', type: 'x', param: null, code: null };
  expect(describeError(upstream({ status, complaint: said }))).toEqual({
    status: 404,
    error: { message: said.message, ...error },
  });
});

it('tells a broken body, a large one and our own faults apart', () => {
  const parse = Object.assign(new SyntaxError('x'), { status: 400, type: 'entity.parse.failed' });
  expect(describeError(parse)).toMatchObject({ status: 400, error: { code: 'invalid_json' } });
  expect(describeError(Object.assign(new Error('x'), { status: 413 })).status).toBe(413);
  const fault = describeError(new InvariantError('balance below zero at user 7'));
  expect(fault).toMatchObject({ status: 500, error: { code: 'internal_error' } });
  expect(fault.error.message).not.toMatch(/balance/);
});

it('has a status and a code for every refusal', () => {
  for (const code of domainErrorCodes) {
    const { status, error } = describeError(new DomainError(code, 'No.'));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(error).toEqual({
      message: 'No.',
      type: expect.stringMatching(/^[a-z_]+$/) as string,
      param: null,
      code: expect.stringMatching(/^[a-z_]+$/) as string,
    });
  }
});

it('ends a broken stream with an error event', () => {
  expect(errorEventOf(upstream({ kind: 'cut' }))).toMatch(
    /^data: \{"error":\{"message":"The upstream broke off.*\}\}\n\n$/,
  );
});
