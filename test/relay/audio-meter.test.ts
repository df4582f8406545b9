// How long recordings are, and whose turn it is to have theirs measured.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtEntry } from '../../launch/paths';
import { createAudioMeter } from '../../relay/transcriptions/audio-meter';
import { opusPacketSeconds } from '../../relay/transcriptions/opus-packet';
import { createUserTurns } from '../../relay/transcriptions/user-turns';
import { wav } from './recording';

it.each([
  // configuration, code, frames of code 3: milliseconds
  [0, 0, 0, 10],
  [3, 1, 0, 120],
  [11, 0, 0, 60],
  [12, 0, 0, 10],
  [13, 2, 0, 40],
  [16, 0, 0, 2.5],
  [31, 3, 6, 120],
  [19, 3, 48, 960],
])(
  'an Opus packet of configuration %i, code %i and %i frames',
  (configuration, code, frames, ms) => {
    const packet = Uint8Array.of((configuration << 3) | code, frames);
    expect(opusPacketSeconds(packet)).toBeCloseTo(ms / 1_000, 9);
  },
);

it('an Opus packet without a byte plays nothing', () => {
  expect(opusPacketSeconds(new Uint8Array())).toBe(0);
});

it('takes users in turn, and their work in its order, whatever fails', async () => {
  const takeTurn = createUserTurns();
  const done: string[] = [];
  const work = (name: string) => async () => {
    await new Promise((resolve) => setImmediate(resolve));
    done.push(name);
    if (name === 'a2') throw new Error('of its own');
    return name;
  };
  const all = await Promise.allSettled([
    ...['a1', 'a2', 'a3', 'a4'].map((name) => takeTurn('a', work(name))),
    ...['b1', 'b2'].map((name) => takeTurn('b', work(name))),
    takeTurn('c', work('c1')),
  ]);
  expect(done).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  expect(all.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1);
  expect(await takeTurn('a', work('a5'))).toBe('a5');
});

describe('the meter', () => {
  const meter = createAudioMeter(builtEntry('relay/transcriptions/audio-measurer'));
  afterAll(() => meter.close());
  const secondsOf = (bytes: Buffer) =>
    meter.secondsOf(new Blob([new Uint8Array(bytes)]), 'a', 'file');
  const recorded = (name: string) => readFileSync(join(__dirname, 'recordings', name));

  it.each([
    'tone.mp3',
    'tone.ogg',
    'tone.flac',
    'tone.m4a',
    'tone.webm',
    'hurried.m4a',
    'hurried.webm',
  ])('finds 2.3 seconds in %s', async (name) => {
    const seconds = await secondsOf(recorded(name));
    expect(seconds).toBeGreaterThan(2.25);
    expect(seconds).toBeLessThan(2.45);
  });

  it('finds those of samples, and of two files joined where they go on', async () => {
    expect(await secondsOf(wav(3.5))).toBeCloseTo(3.5, 6);
    const mp3 = recorded('tone.mp3');
    expect(await secondsOf(Buffer.concat([mp3, mp3]))).toBeGreaterThan(4.5);
  });

  /** An m4a whose one second claims two billion packets, at as many offsets. */
  function bomb(): Buffer {
    const bytes = Buffer.from(recorded('tone.m4a'));
    const times = bytes.indexOf('stts');
    bytes.writeUInt32BE(0x7fffffff, times + 12);
    bytes.writeUInt32BE(1, times + 16);
    const groups = bytes.indexOf('sgpd');
    bytes.write('ctts', groups);
    [0, 1, 0x7fffffff, 0].forEach((word, i) => bytes.writeUInt32BE(word, groups + 4 + 4 * i));
    return bytes;
  }

  it('refuses one that would take all memory, and measures the next', async () => {
    const error = await secondsOf(bomb()).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', details: { param: 'file' } });
    expect(await secondsOf(wav(1))).toBeCloseTo(1, 6);
  });

  it('refuses a WAV file of frames that are larger than their samples', async () => {
    const bytes = wav(12);
    bytes.writeUInt16LE(65_534, 32);
    await expect(secondsOf(bytes)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('takes nothing more of a user, for a minute, after twenty that cannot be measured', async () => {
    const one = (userId: string) => meter.secondsOf(new Blob(['x']), userId, 'file');
    for (let i = 0; i < 20; i++) {
      await expect(one('hostile')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    }
    await expect(one('hostile')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(one('other')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('goes on to the next when the process of a late one dies while it is ended', async () => {
    const dying = createAudioMeter(builtEntry('test/relay/dying-measurer'));
    const late = dying.secondsOf(new Blob(['x']), 'a', 'file');
    const next = dying.secondsOf(new Blob([]), 'b', 'file');
    await expect(late).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await next).toBe(1);
    await dying.close();
  });

  it('tells a fault of its own from one of the file', async () => {
    const broken = createAudioMeter('/nowhere.js');
    const failure = broken.secondsOf(new Blob(['x']), 'a', 'file');
    await expect(failure).rejects.not.toMatchObject({ code: 'INVALID_REQUEST' });
    await broken.close();
  });
});
