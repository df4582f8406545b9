// Every request gets an id of ours (a client's own is never trusted): it is answered as X-Request-Id and reaches
// logs, ledger rows and workflow memos.
import type { RequestHandler, Response } from 'express';
import { newId } from '../ledger/ids';

interface Locals {
  requestId: string;
}

export const assignRequestId: RequestHandler = (_request, response, next) => {
  const requestId = newId();
  (response.locals as Locals).requestId = requestId;
  response.setHeader('x-request-id', requestId);
  next();
};

export function requestIdOf(response: Response): string {
  return (response.locals as Locals).requestId;
}
