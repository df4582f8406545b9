// What the relay's benchmark asks of the API beside the calls that it measures. Each request has a connection of its
// own, so that none is open when sockets are counted.
import { request } from 'undici';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** The text of an answer. @throws Error when its status is no success */
export async function readApi({ method, url, headers, body }: ApiRequest): Promise<string> {
  const answer = await request(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body ? JSON.stringify(body) : null,
    reset: true,
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) {
    throw new Error(`${method} ${url} answered ${answer.statusCode} ${text}`);
  }
  return text;
}

export async function askApi<Answer>(request: ApiRequest): Promise<Answer> {
  return JSON.parse(await readApi(request)) as Answer;
}
