// How long a recording is (DESIGN 2.2: "decoded second of audio"), told before anything is reserved. It is read in a process
// of its own, for a long one takes seconds and a hostile one all the memory there is: one recording after the other, of
// each user in turn.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import workerpool from 'workerpool';
import { DomainError } from '../../domain/errors';
import type { Measured } from './audio-measurer';
import { createUserTurns } from './user-turns';

export interface AudioMeter {
  /**
   * Seconds of all that can be played, more than 0.
   * @param userId whose turn it takes
   * @throws DomainError INVALID_REQUEST naming `param`: no audio, several recordings, or none that is measured in time;
   * RATE_LIMITED after too many of these
   */
  secondsOf(audio: Blob, userId: string, param: string): Promise<number>;
  close(): Promise<void>;
}

/** Of one recording, from its turn on; a megabyte of the slowest kind takes half a second. */
const shortestTimeoutMs = 4_000;
const timeoutMsPerByte = 700 / (1024 * 1024);
/** What a process may take to end. */
const endMs = 2_000;
/** Of the library's tables of a recording. */
const maxHeapMegabytes = 256;
/** Recordings of a user a minute that cannot be measured. */
const maxFailures = 20;

const refusals = {
  unreadable:
    'The file is no audio that can be read: send flac, m4a, mp3, mp4, mpeg, mpga, ogg, wav or webm.',
  chained: 'The file has several recordings in it: send one after the other.',
  late: 'The recording takes too long to be measured: send it in parts, or as mp3.',
};

function openPool(file: string): workerpool.Pool {
  return workerpool.pool(file, {
    workerType: 'process',
    maxWorkers: 1,
    // What it says when its memory is exhausted is for nobody.
    emitStdStreams: true,
    forkOpts: {
      execArgv: [`--max-old-space-size=${maxHeapMegabytes}`],
      serialization: 'advanced',
    },
  });
}

/** The library waits for ever where a process ends by itself while it is told to. */
async function closePool(pool: workerpool.Pool): Promise<void> {
  await Promise.race([
    pool.terminate(true).catch(() => undefined),
    sleep(endMs, undefined, { ref: false }),
  ]);
}

/** @param file the built process; the one beside this file unless told */
export function createAudioMeter(file = join(__dirname, 'audio-measurer.js')): AudioMeter {
  let pool = openPool(file);
  const failures = new RateLimiterMemory({
    keyPrefix: 'measure',
    points: maxFailures,
    duration: 60,
  });
  const takeTurn = createUserTurns();

  async function measure(audio: Blob): Promise<Measured | { readonly is: 'late' }> {
    const bytes = new Uint8Array(await audio.arrayBuffer());
    const timeoutMs = shortestTimeoutMs + Math.ceil(bytes.length * timeoutMsPerByte);
    const over = new AbortController();
    try {
      const found = await Promise.race([
        pool.exec('measure', [bytes]) as PromiseLike<Measured>,
        sleep(timeoutMs, { is: 'late' } as const, { signal: over.signal }),
      ]);
      if (found.is === 'late') startAnew();
      return found;
    } catch (error) {
      // It ended the process that read it.
      if (/signalCode: `SIG/.test(String(error))) return { is: 'unreadable' };
      throw error;
    } finally {
      over.abort();
    }
  }

  /** The next one does not wait until the process of the last one has ended. */
  function startAnew(): void {
    void closePool(pool);
    pool = openPool(file);
  }

  async function refuseTroubled(userId: string): Promise<void> {
    const state = await failures.get(userId);
    if (state instanceof RateLimiterRes && state.remainingPoints <= 0) {
      throw new DomainError('RATE_LIMITED', 'Too many recordings that cannot be measured.', {
        retryAfterSeconds: Math.max(1, Math.ceil(state.msBeforeNext / 1_000)),
      });
    }
  }

  return {
    async secondsOf(audio, userId, param) {
      const measured = await takeTurn(userId, async () => {
        await refuseTroubled(userId);
        const found = await measure(audio);
        if (found.is !== 'recording') await failures.penalty(userId);
        return found;
      });
      if (measured.is === 'recording') return measured.seconds;
      throw new DomainError('INVALID_REQUEST', refusals[measured.is], {
        param,
        code: 'invalid_value',
      });
    },
    close: () => closePool(pool),
  };
}
