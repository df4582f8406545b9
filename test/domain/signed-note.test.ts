import { openCheckpoint, signCheckpoint } from '../../domain/checkpoint';
import { emptyRoot } from '../../domain/merkle/tree';
import {
  createNoteSigner,
  formatVerifierKey,
  NoteError,
  openNote,
  parseVerifierKey,
} from '../../domain/signed-note';

/** The example of Go's package golang.org/x/mod/sumdb/note: its seed, verifier key and note. */
const peterSeed = Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1);
const peterKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const peterText =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const peterNote =
  `${peterText}\n— PeterNeumann ` +
  'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

const signer = createNoteSigner(Buffer.alloc(32, 7), () => 'example.com/log');
const other = createNoteSigner(Buffer.alloc(32, 8), () => 'example.com/log');
const note = signer.sign('a text\n\nof three lines\n');

describe('a signed note', () => {
  it("is written and read as Go's package does", () => {
    const peter = createNoteSigner(peterSeed, () => 'PeterNeumann');
    expect(formatVerifierKey(peter.key)).toBe(peterKey);
    expect(parseVerifierKey(peterKey)).toEqual(peter.key);
    expect(peter.sign(peterText)).toBe(peterNote);
    expect(openNote(peterNote, parseVerifierKey(peterKey))).toBe(peterText);
  });

  it('gives its text, empty lines and all, to who knows the key', () => {
    expect(openNote(note, signer.key)).toBe('a text\n\nof three lines\n');
  });

  it('may bear signatures of others', () => {
    const [, line = ''] = other.sign('a text\n\nof three lines\n').split('\n\n').slice(-2);
    expect(openNote(`${note}${line}`, signer.key)).toBe('a text\n\nof three lines\n');
    expect(openNote(`${note}${line}`, other.key)).toBe('a text\n\nof three lines\n');
  });

  it.each([
    ['another text', note.replace('three', 'four'), 'is wrong'],
    ['another key of the same name', other.sign('a text\n'), 'has not signed the note'],
    ['another name', note.replace('example.com', 'example.org'), 'has not signed the note'],
    ['a signature that was cut', note.replace(/.{4}\n$/, '\n'), 'is wrong'],
    ['no signature', 'a text\n\n', 'malformed signature line'],
    ['no empty line', 'a text\n', 'no signed note'],
    ['no last newline', note.slice(0, -1), 'no signed note'],
    ['a carriage return', note.replace('lines', 'lines\r'), 'no signed note'],
    ['a line that is no signature', `${note}signed: me\n`, 'malformed signature line'],
    ['base64 that is none', note.replace(/ \S+\n$/, ' !!!!\n'), 'malformed signature line'],
    [
      'a wrong signature beside a right one',
      `${note}— example.com/log ${Buffer.concat([signer.key.id, Buffer.alloc(64)]).toString('base64')}\n`,
      'is wrong',
    ],
    ['too many signatures', `${note}${'— x AAAAAAAA\n'.repeat(100)}`, 'too many signatures'],
  ])('is refused with %s', (_, altered, reason) => {
    expect(() => openNote(altered, signer.key)).toThrow(NoteError);
    expect(() => openNote(altered, signer.key)).toThrow(reason);
  });
});

describe('a verifier key', () => {
  it.each([
    ['another id', peterKey.replace('c74f20a3', 'c74f20a4')],
    ['another name', peterKey.replace('PeterNeumann', 'PaulNeumann')],
    ['another algorithm', peterKey.replace('+ARpc', '+AhpC')],
    ['too few bytes', peterKey.slice(0, -4)],
    ['a space in its name', peterKey.replace('PeterNeumann', 'Peter Neumann')],
    ['nothing in it', ''],
  ])('is refused with %s', (_, text) => {
    expect(() => parseVerifierKey(text)).toThrow(NoteError);
  });
});

describe('a checkpoint', () => {
  const root = Buffer.from('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', 'base64');

  it('is origin, size and root, signed', () => {
    const checkpoint = signCheckpoint(signer, 20_852_163, root);
    expect(checkpoint.split('\n').slice(0, 4)).toEqual([
      'example.com/log',
      '20852163',
      'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
      '',
    ]);
    expect(openCheckpoint(checkpoint, signer.key)).toEqual({
      origin: 'example.com/log',
      size: 20_852_163,
      root,
    });
  });

  it('is there of an empty log too, and is the same whenever it is signed', () => {
    const checkpoint = signCheckpoint(signer, 0, emptyRoot);
    expect(openCheckpoint(checkpoint, signer.key)).toMatchObject({ size: 0, root: emptyRoot });
    expect(signCheckpoint(signer, 0, emptyRoot)).toBe(checkpoint);
  });

  const encoded = root.toString('base64');
  it.each([
    ['another origin', `example.com/other\n1\n${encoded}\n`],
    ['a size with zeroes before it', `example.com/log\n01\n${encoded}\n`],
    ['a negative size', `example.com/log\n-1\n${encoded}\n`],
    ['a size beyond what is exact', `example.com/log\n9007199254740993\n${encoded}\n`],
    ['no root', 'example.com/log\n1\n'],
    ['half a root', `example.com/log\n1\n${root.subarray(16).toString('base64')}\n`],
    ['an empty line', `example.com/log\n1\n${encoded}\n\nmore\n`],
  ])('is refused with %s, however well signed', (_, text) => {
    expect(() => openCheckpoint(signer.sign(text), signer.key)).toThrow(NoteError);
  });

  it('may have more lines, which say nothing', () => {
    const text = `example.com/log\n1\n${encoded}\nmore\n`;
    expect(openCheckpoint(signer.sign(text), signer.key).size).toBe(1);
  });
});
