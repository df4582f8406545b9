// How long a recording is (DESIGN 2.2: "decoded second of audio"), told before anything is reserved. It is read in a thread
// of its own, for a long one takes seconds: one recording after the other, of each user in turn.
import { join } from 'node:path';
import Piscina from 'piscina';
import { DomainError } from '../../domain/errors';
import type { Measured } from './audio-meter-thread';
import { createUserTurns } from './user-turns';

export interface AudioMeter {
  /**
   * Seconds of all that can be played, more than 0.
   * @param userId whose turn it takes
   * @throws DomainError INVALID_REQUEST naming `param`: no audio, several recordings, or none that is measured in time
   */
  secondsOf(audio: Blob, userId: string, param: string): Promise<number>;
  close(): Promise<void>;
}

/** Of one recording, from its turn on. */
const timeoutMs = 20_000;
/** How long the thread stays after its last recording. */
const idleTimeoutMs = 60_000;
/** Of the library and its tables of a recording; the recording's own bytes stand beside. */
const maxHeapMegabytes = 256;

const refusals = {
  unreadable:
    'The file is no audio that can be read: send flac, m4a, mp3, mp4, mpeg, mpga, ogg, wav or webm.',
  chained: 'The file has several recordings in it: send one after the other.',
  late: 'The recording is too long to be measured: send it in parts.',
};

/** @param threadFile built; the one beside this file unless told */
export function createAudioMeter(
  threadFile = join(__dirname, 'audio-meter-thread.js'),
): AudioMeter {
  const pool = new Piscina<ArrayBuffer, Measured>({
    filename: threadFile,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleTimeoutMs,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes },
  });
  // A thread that cannot begin answers nothing.
  let onBroken: (error: unknown) => void = () => undefined;
  pool.on('error', (error: unknown) => onBroken(error));
  const takeTurn = createUserTurns();

  async function measure(audio: Blob): Promise<Measured | { readonly is: 'late' }> {
    const bytes = await audio.arrayBuffer();
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await new Promise<Measured>((resolve, reject) => {
        onBroken = reject;
        pool.run(bytes, { transferList: [bytes], signal }).then(resolve, reject);
      });
    } catch (error) {
      if (signal.aborted) return { is: 'late' };
      throw error;
    }
  }

  return {
    async secondsOf(audio, userId, param) {
      const measured = await takeTurn(userId, () => measure(audio));
      if (measured.is === 'recording') return measured.seconds;
      throw new DomainError('INVALID_REQUEST', refusals[measured.is], {
        param,
        code: 'invalid_value',
      });
    },
    close: () => pool.destroy(),
  };
}
