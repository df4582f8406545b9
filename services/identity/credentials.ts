// What authentication needs of an HTTP request, for the API and the relay alike.
import type { Request } from 'express';
import type { Credentials } from './authenticator';

/** @param takesXApiKey whether Anthropic's header for a key is read, too. */
export function credentialsOf(request: Request, takesXApiKey = false): Credentials {
  const { authorization, cookie, origin } = request.headers;
  return {
    authorization,
    xApiKey: takesXApiKey ? request.get('x-api-key') : undefined,
    cookie,
    address: request.ip ?? '',
    browser: {
      isUnsafe: request.method !== 'GET' && request.method !== 'HEAD',
      self: `${request.protocol}://${request.host}`,
      origin,
      secFetchSite: request.get('sec-fetch-site'),
    },
  };
}
