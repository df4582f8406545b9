// How many bytes of large bodies this process holds at once: a body is read and parsed before its funds are looked at,
// so without a bound many of them would fill the memory. Small bodies are not counted and cost nothing.
import type { ServerResponse } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { DomainError } from '../domain/errors';
import { principalOf } from './caller';

export interface BodyLimits {
  /** Of one body; what is sent without its length, or compressed, counts as so large until it is read. */
  readonly maxBytes: number;
  /** Up to here a body is not counted. */
  readonly uncountedBytes: number;
  /** Of all bodies; a user may have a quarter of it. */
  readonly totalBytes: number;
}

function boundOf({ headers }: Request, maxBytes: number): number {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (headers['transfer-encoding'] !== undefined || encoding !== 'identity') return maxBytes;
  return Number(headers['content-length'] ?? 0);
}

export interface BodyBudget {
  /**
   * Lets a body be read, and counts it until the answer is closed. Callers were admitted before.
   * @throws DomainError RATE_LIMITED (the user's share is taken), ENGINE_UNAVAILABLE (the whole is)
   */
  readonly admit: (request: Request, response: Response, next: NextFunction) => void;
  /** A body is read: what was counted beyond its true size is free again. */
  readonly measure: (response: ServerResponse, bytes: number) => void;
}

export function createBodyBudget({ maxBytes, uncountedBytes, totalBytes }: BodyLimits): BodyBudget {
  const byUser = new Map<string, number>();
  /** What sets the count of a body anew. */
  const counted = new WeakMap<ServerResponse, (bytes: number) => void>();
  let total = 0;

  function add(userId: string, bytes: number): void {
    total += bytes;
    const share = (byUser.get(userId) ?? 0) + bytes;
    if (share > 0) byUser.set(userId, share);
    else byUser.delete(userId);
  }

  return {
    admit(request, response, next) {
      const { userId } = principalOf(response);
      let bytes = boundOf(request, maxBytes);
      // What is larger than allowed is refused unread, by its length; of a client who has left nothing more is read.
      if (bytes <= uncountedBytes || bytes > maxBytes || response.destroyed) {
        next();
        return;
      }
      if ((byUser.get(userId) ?? 0) + bytes > totalBytes / 4) {
        throw new DomainError('RATE_LIMITED', 'Too many large requests at once.', {
          retryAfterSeconds: 1,
        });
      }
      if (total + bytes > totalBytes) {
        throw new DomainError('ENGINE_UNAVAILABLE', 'Too many large requests at the moment.');
      }
      add(userId, bytes);
      const setTo = (size: number) => {
        add(userId, size - bytes);
        bytes = size;
      };
      counted.set(response, setTo);
      response.once('close', () => {
        counted.delete(response);
        setTo(0);
      });
      next();
    },

    measure(response, bytes) {
      counted.get(response)?.(bytes <= uncountedBytes ? 0 : bytes);
    },
  };
}
