// What authentication needs of an HTTP request, for the API and the relay alike.
import type { Request } from 'express';
import type { BrowserFacts, Credentials } from './authenticator';

/** @param takesXApiKey whether Anthropic's header for a key is read, too. */
export function credentialsOf(request: Request, takesXApiKey = false): Credentials {
  const { authorization, cookie } = request.headers;
  return {
    authorization,
    xApiKey: takesXApiKey ? headerOf(request, 'x-api-key') : undefined,
    cookie,
    address: request.ip ?? '',
    browser: () => browserFactsOf(request),
  };
}

export function browserFactsOf(request: Request): BrowserFacts {
  return {
    isUnsafe: request.method !== 'GET' && request.method !== 'HEAD',
    self: `${request.protocol}://${request.host}`,
    origin: request.headers.origin,
    secFetchSite: headerOf(request, 'sec-fetch-site'),
  };
}

function headerOf({ headers }: Request, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
