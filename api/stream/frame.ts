// A message of the stream as it goes over the wire.

/** JSON in UTF-8, the same bytes for all who get it. */
export function encode(message: object): Buffer {
  return Buffer.from(JSON.stringify(message));
}
