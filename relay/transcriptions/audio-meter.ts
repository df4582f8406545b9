// How long a recording is (DESIGN 2.2: "decoded second of audio"), told before anything is reserved. It is read in a
// thread of its own, for a long one without an index takes half a second; one recording after the other.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Piscina from 'piscina';
import { DomainError } from '../../domain/errors';

export interface AudioMeter {
  /**
   * Seconds of what of the file can be played, more than 0.
   * @throws DomainError INVALID_REQUEST naming `param`: no audio, or not to be told in ten seconds
   */
  secondsOf(audio: Blob, param: string): Promise<number>;
  close(): Promise<void>;
}

const timeoutMs = 10_000;
/** How long the thread stays after its last recording. */
const idleTimeoutMs = 60_000;
/** Of the library and its tables of a recording; the recording's own bytes stand beside. */
const maxHeapMegabytes = 256;

/** @param threadFile built; the one beside this file unless told */
export function createAudioMeter(
  threadFile = join(__dirname, 'audio-meter-thread.js'),
): AudioMeter {
  const pool = new Piscina<ArrayBuffer, number | null>({
    filename: threadFile,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleTimeoutMs,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes },
  });
  return {
    async secondsOf(audio, param) {
      const bytes = await audio.arrayBuffer();
      const seconds = await pool
        .run(bytes, { transferList: [bytes], signal: AbortSignal.timeout(timeoutMs) })
        .catch((error: unknown) => {
          if (!existsSync(threadFile)) throw error;
          return null;
        });
      if (seconds !== null && seconds > 0) return seconds;
      throw new DomainError(
        'INVALID_REQUEST',
        'The file is no audio that can be read: send flac, m4a, mp3, mp4, mpeg, mpga, ogg, wav or webm.',
        { param, code: 'invalid_value' },
      );
    },
    close: () => pool.destroy(),
  };
}
