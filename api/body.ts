// Reads a request's body as JSON, whatever its Content-Type says: what is not JSON is refused as such. The raw bytes
// are kept for whoever has to check a signature over them.
import express, { type Request, type Response } from 'express';
import { checkPlainJson } from './plain-json';

const maxBodyBytes = 64 * 1024;

export interface ReadBody {
  readonly json: unknown;
  readonly raw: Buffer;
}

const rawBodies = new WeakMap<object, Buffer>();

const parseJson = express.json({
  limit: maxBodyBytes,
  type: () => true,
  verify: (request, _response, raw) => void rawBodies.set(request, raw),
});

/**
 * The body of a request; an absent one is an empty object.
 * @throws http-errors 400, 413 or 415, and MalformedRequest
 */
export async function readBody(request: Request, response: Response): Promise<ReadBody> {
  await new Promise<void>((resolve, reject) => {
    parseJson(request, response, (error?: Error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
  const json: unknown = request.body ?? {};
  checkPlainJson(json);
  return { json, raw: rawBodies.get(request) ?? Buffer.alloc(0) };
}
