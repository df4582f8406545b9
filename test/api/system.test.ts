// What machines and readers ask: health, readiness, metrics, OpenAPI, documentation, the log (DESIGN 6, 7).
import { Writable } from 'node:stream';
import { version } from '../../package.json';
import { createLogger } from '../../services/logger';
import { startApi, type SignedUp, type TestApi } from './harness';

type Content = Record<
  string,
  { schema: { required?: string[]; properties?: Record<string, unknown> } }
>;

interface OpenApi {
  openapi: string;
  info: { version: string };
  paths: Record<
    string,
    {
      post: {
        security: unknown;
        parameters: { name: string }[];
        requestBody: { content: Content };
        responses: Record<string, { content: Content }>;
      };
    }
  >;
  components: { schemas: Record<string, unknown> };
}

const lines: string[] = [];
const sink = new Writable({
  write(chunk: Buffer, _encoding, done) {
    lines.push(chunk.toString());
    done();
  },
});

let api: TestApi;
let operator: SignedUp;
beforeAll(async () => {
  api = await startApi({}, { logger: createLogger('api', 'debug', sink) });
  operator = await api.appoint();
});
afterAll(() => api.close());

describe('health', () => {
  it('says that the process is alive', async () => {
    const answer = await api.send('GET', '//healthz');
    expect([answer.status, answer.json]).toEqual([200, { status: 'alive' }]);
  });

  it('says that database and engine answer', async () => {
    const answer = await api.send('GET', '//readyz');
    expect([answer.status, answer.json]).toEqual([
      200,
      { status: 'ready', checks: { database: 'ok', engine: 'ok' } },
    ]);
  });

  it('says what does not', async () => {
    const other = await startApi();
    await other.context.committer.close();
    const answer = await other.send('GET', '//readyz');
    await other.close();
    expect([answer.status, answer.as<{ checks: unknown }>().checks]).toEqual([
      503,
      { database: 'ok', engine: 'failing' },
    ]);
  });
});

describe('metrics', () => {
  it('are there for this machine, by declared path and without secrets', async () => {
    await api.send('DELETE', '/api-keys/00000000-0000-4000-8000-000000000000', operator);
    const answer = await api.send('GET', '//metrics');
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(
      /lx_http_request_seconds_count\{.*route="\/api-keys\/:id",status="404".*\} 1/,
    );
    expect(answer.text).toMatch(/lx_committer_batch_commands_count [1-9]/);
    expect(answer.text).not.toContain(operator.key);
  });

  it('are there for nobody who comes from elsewhere without an operator', async () => {
    // Without TRUST_PROXY a forwarded request is from elsewhere, though its connection is local.
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const user = await api.signUp();
    expect((await api.send('GET', '//metrics', { headers })).status).toBe(401);
    expect((await api.send('GET', '//metrics', { headers, key: user.key })).status).toBe(403);
    expect((await api.send('GET', '//metrics', { headers, key: operator.key })).status).toBe(200);
  });
});

describe('the OpenAPI document', () => {
  it('is of version 3.1 and describes every route', async () => {
    const json = (await api.send('GET', '//openapi.json')).as<OpenApi>();
    expect(json.openapi).toBe('3.1.0');
    expect(Object.keys(json.paths)).toEqual(
      expect.arrayContaining([
        '/api/v1/users',
        '/api/v1/sessions',
        '/api/v1/sessions/demo',
        '/api/v1/me',
        '/api/v1/me/password',
        '/api/v1/api-keys',
        '/api/v1/api-keys/{id}',
        '/api/v1/admin/users',
        '/api/v1/admin/users/{id}/role',
        '/api/v1/admin/users/{id}/freeze',
        '/api/v1/admin/users/{id}/unfreeze',
        '/api/v1/admin/audit-log',
        '/healthz',
        '/metrics',
        '/readyz',
        '/v1/chat/completions',
        '/v1/models',
        '/v1/models/{id}',
        '/v1/responses',
      ]),
    );
  });

  it("is of the product's version, and describes the relay by what it accepts", async () => {
    const json = (await api.send('GET', '//openapi.json')).as<OpenApi>();
    expect(json.info.version).toBe(version);
    const chat = json.paths['/v1/chat/completions']!.post;
    const body = chat.requestBody.content['application/json']!.schema;
    expect(body.required).toEqual(['model', 'messages']);
    expect(body.properties).toHaveProperty('max_completion_tokens');
    expect(chat.responses['402']!.content['application/json']!.schema).toEqual({
      $ref: '#/components/schemas/OpenAIError',
    });
  });

  it('says who may, what is sent and what comes back', async () => {
    const json = (await api.send('GET', '//openapi.json')).as<OpenApi>();
    const create = json.paths['/api/v1/api-keys']!.post;
    expect(create.security).toEqual([{ apiKey: [] }, { session: [] }]);
    const body = create.requestBody.content['application/json']!.schema;
    expect(body.required).toEqual(['name', 'scopes']);
    expect(body.properties?.spendCap).toMatchObject({ type: ['string', 'null'] });
    expect(create.responses['201']!.content['application/json']!.schema).toEqual({
      $ref: '#/components/schemas/IssuedApiKey',
    });
    expect(create.responses['400']!.content['application/problem+json']!.schema).toEqual({
      $ref: '#/components/schemas/Problem',
    });
    const freeze = json.paths['/api/v1/admin/users/{id}/freeze']!.post;
    expect(freeze.parameters.map(({ name }) => name)).toEqual(['id', 'Idempotency-Key']);
    expect(json.paths['/api/v1/users']!.post.security).toEqual([]);
  });

  it('has only references that lead somewhere', async () => {
    const answer = await api.send('GET', '//openapi.json');
    const { text } = answer;
    const json = answer.as<OpenApi>();
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(0);
    for (const [, name] of references) expect(json.components.schemas).toHaveProperty(name!);
  });
});

describe('the documentation', () => {
  it('is a page of our own files only, with no inline script', async () => {
    const page = await api.send('GET', '//docs/');
    expect(page.status).toBe(200);
    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(sources).toHaveLength(4);
    for (const source of sources) {
      expect(source).toMatch(/^\/docs\//);
      expect((await api.send('GET', `/${source}`)).status).toBe(200);
    }
    expect(page.text).not.toMatch(/<script>|https?:/);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
  });

  it('serves nothing else of the package', async () => {
    expect((await api.send('GET', '//docs/assets/package.json')).status).toBe(404);
    expect((await api.send('GET', '//docs/assets/..%2fpackage.json')).status).toBe(404);
  });
});

describe('the log', () => {
  it('has one line a request with who, what and how long, and no secrets', async () => {
    lines.length = 0;
    const answer = await api.send('GET', '/me?token=hush', operator);
    expect(answer.status).toBe(400);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged).toEqual([
      expect.objectContaining({
        level: 'info',
        requestId: answer.headers.get('x-request-id'),
        method: 'GET',
        path: '/api/v1/me',
        status: 400,
        durationMs: expect.any(Number) as unknown,
        userId: operator.id,
        keyId: operator.keyId,
      }),
    ]);
    expect(lines.join()).not.toMatch(/hush|lx_/);
  });

  it('strikes out secrets wherever they stand', () => {
    lines.length = 0;
    const secret = 'hush';
    api.context.logger.info(
      {
        password: secret,
        request: { headers: { authorization: secret, cookie: secret, 'x-api-key': secret } },
        channel: { apiKey: secret },
      },
      'a careless line',
    );
    expect(lines.join()).not.toContain(secret);
    expect(lines.join().match(/\[redacted\]/g)).toHaveLength(5);
  });
});
