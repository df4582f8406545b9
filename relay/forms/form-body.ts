// Bodies of multipart/form-data (DESIGN 2.2): read as they come, into an object as a JSON body makes one, whose files are
// `File`s. What its fields mean is for each endpoint's schema.
import { File } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import type { NextFunction, Request, Response } from 'express';
import { DomainError } from '../../domain/errors';

export interface FormLimits {
  /** Of the whole body, as it is sent. */
  readonly maxBytes: number;
  readonly maxFileBytes: number;
}

/** Of one field that is no file; some hold a data URL. */
const maxFieldBytes = 1024 * 1024;
const maxFieldNameBytes = 100;
const maxFields = 100;
/** One more than any endpoint takes, so that the one too many is refused by its name. */
const maxFiles = 2;

type FieldValue = string | File | (string | File)[];

/** Whether a request says that its body is a form. */
export function isForm({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');
}

/**
 * Reads the form into `request.body`: fields named `x[]` are arrays under that name, every other is given once.
 * @param onRead told how many bytes the body had
 * @throws DomainError UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, INVALID_REQUEST naming the field at fault
 */
export function readForms(limits: FormLimits, onRead: (response: Response, bytes: number) => void) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    if (!isForm(request)) {
      throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'Send the request as multipart/form-data.');
    }
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'A form cannot be sent compressed.');
    }
    // By its length, unread: what is larger than allowed has no share of the memory for bodies.
    if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) {
      throw tooLarge('The request', limits.maxBytes);
    }
    const { fields, bytes } = await readForm(request, limits);
    onRead(response, bytes);
    request.body = fields;
    next();
  };
}

/** @throws DomainError BODY_TOO_LARGE, INVALID_REQUEST */
export function readForm(
  request: IncomingMessage,
  { maxBytes, maxFileBytes }: FormLimits,
): Promise<{ fields: Readonly<Record<string, FieldValue>>; bytes: number }> {
  const fields = new Map<string, FieldValue>();
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const fail = (error: DomainError) => {
      // What is still to come is taken and dropped, so that the client gets to read the answer.
      request.unpipe();
      request.removeListener('data', count);
      request.resume();
      reject(error);
    };
    const count = ({ length }: Buffer) => {
      bytes += length;
      if (bytes > maxBytes) fail(tooLarge('The request', maxBytes));
    };
    const guarded = (take: () => void) => {
      try {
        take();
      } catch (error) {
        fail(error as DomainError);
      }
    };
    request.on('data', count);
    request.once('close', () => {
      if (!request.complete) fail(malformed('it broke off'));
    });
    let parser: InstanceType<typeof Busboy>;
    try {
      parser = parserFor(request, maxFileBytes);
    } catch (error) {
      return fail(malformed((error as Error).message));
    }
    parser.on('field', (name, value, _isNameTruncated, isTruncated) =>
      guarded(() => {
        requireName(name);
        if (isTruncated) throw tooLarge(`'${name}'`, maxFieldBytes, name);
        add(fields, name, value);
      }),
    );
    parser.on('file', (name, stream, filename, _encoding, type) => {
      stream.once('error', () => fail(malformed('it broke off')));
      collect(stream, (chunks, isWhole) =>
        guarded(() => {
          requireName(name);
          if (!isWhole) throw tooLarge(`'${name}'`, maxFileBytes, name);
          add(fields, name, new File([...chunks], filename || 'file', { type }));
        }),
      );
    });
    parser.once('fieldsLimit', () => fail(malformed(`it has more than ${maxFields} fields`)));
    parser.once('filesLimit', () => fail(malformed('it has too many files')));
    parser.once('error', (error) => fail(malformed((error as Error).message)));
    parser.once('finish', () => resolve({ fields: Object.fromEntries(fields), bytes }));
    request.pipe(parser);
  });
}

/** @throws Error for a content type without a boundary */
function parserFor({ headers }: IncomingMessage, maxFileBytes: number) {
  return new Busboy({
    headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
    limits: {
      fieldSize: maxFieldBytes,
      fields: maxFields,
      fileSize: maxFileBytes,
      files: maxFiles,
    },
  });
}

function collect(
  stream: BusboyFileStream,
  onEnd: (chunks: readonly Buffer[], isWhole: boolean) => void,
): void {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.once('limit', () => onEnd([], false));
  stream.once('end', () => {
    if (!stream.truncated) onEnd(chunks, true);
  });
}

/** The parser bounds no names, and hands on those that are missing. */
function requireName(name: string | undefined): void {
  if (!name) throw malformed('a field has no name');
  if (Buffer.byteLength(name) > maxFieldNameBytes) {
    throw malformed(`a field's name has more than ${maxFieldNameBytes} bytes`);
  }
}

function add(fields: Map<string, FieldValue>, name: string, value: string | File): void {
  const known = fields.get(name);
  if (Array.isArray(known)) known.push(value);
  else if (known === undefined) fields.set(name, name.endsWith('[]') ? [value] : value);
  else {
    throw new DomainError('INVALID_REQUEST', `'${name}' is given twice.`, {
      param: name,
      code: 'invalid_value',
    });
  }
}

function malformed(reason: string): DomainError {
  return new DomainError('INVALID_REQUEST', `The form cannot be read: ${reason}.`);
}

function tooLarge(what: string, maxBytes: number, param?: string): DomainError {
  const message = `${what} is larger than ${maxBytes / 1024 / 1024} MB.`;
  return new DomainError('BODY_TOO_LARGE', message, param === undefined ? {} : { param });
}
