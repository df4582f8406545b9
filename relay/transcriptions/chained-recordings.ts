// Recordings that were joined to one file byte by byte: decoders play all of them, a reader of the container the first.

/** What each container begins with, and not again: long enough not to come about by chance. */
const beginnings: readonly Buffer[] = [
  // STREAMINFO, of 34 bytes, as the last block of its header or not
  Buffer.from('664c614300000022', 'hex'),
  Buffer.from('664c614380000022', 'hex'),
  // DocType
  Buffer.from('4282847765626d', 'hex'),
  Buffer.from('4282886d6174726f736b61', 'hex'),
];
/** A page of Ogg with the mark that a stream begins with it. */
const oggPage = Buffer.from('OggS\u0000');
const beginOfStream = 2;

function* placesOf(bytes: Buffer, pattern: Buffer): Generator<number> {
  for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) yield at;
}

/** Whether a file begins anew within itself: as Ogg, FLAC or WebM. */
export function isChained(bytes: Buffer): boolean {
  let count = 0;
  for (const pattern of beginnings) for (const _at of placesOf(bytes, pattern)) count++;
  return count > 1 || isChainedOgg(bytes);
}

function isChainedOgg(bytes: Buffer): boolean {
  let isUnderWay = false;
  for (const at of placesOf(bytes, oggPage)) {
    const isBeginning = ((bytes[at + oggPage.length] ?? 0) & beginOfStream) !== 0;
    // Streams side by side begin together, before any of them goes on.
    if (isBeginning && isUnderWay) return true;
    isUnderWay ||= !isBeginning;
  }
  return false;
}
