// What is known of a request while it is served. Its id is ours (a client's own is never trusted): it is answered as
// X-Request-Id and reaches logs, ledger rows and workflow memos.
import type { RequestHandler, Response } from 'express';
import { newId } from '../ledger/ids';

interface Locals {
  requestId: string;
  /** The declared path, for metrics and logs; unset when no route matched. */
  routePath?: string;
  userId?: string;
  keyId?: string | null;
}

export function localsOf(response: Response): Locals {
  return response.locals as Locals;
}

export const assignRequestId: RequestHandler = (_request, response, next) => {
  const requestId = newId();
  localsOf(response).requestId = requestId;
  response.setHeader('x-request-id', requestId);
  next();
};
