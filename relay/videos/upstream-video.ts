// A job of a video as an upstream tells it (DESIGN 2.2), in OpenAI's form.
import type { VideoNews } from '../../services/videos/video-jobs';
import { membersOf, type Members } from '../members';
import { complaintIn, nameIn } from '../upstream/upstream-complaint';
import { lateRefusal } from '../upstream/late-refusal';
import type { JsonAnswer } from '../upstream/upstream';
import { answerFault } from '../upstream/upstream-error';

/** It becomes a part of a path. */
const jobId = /^\w[\w.:-]{0,199}$/;
const sizeName = /^[\w.:-]{1,32}$/;
const maxSeconds = 3_600;

export interface AcceptedVideo {
  readonly upstreamId: string;
  readonly status: 'queued' | 'in_progress';
  readonly progress: number;
  readonly size: string | null;
}

/** The answer to a submission. @throws UpstreamError for one that names no job, or one that has failed already */
export function readAccepted({ json, text }: JsonAnswer, apiKey: string | null): AcceptedVideo {
  const { id, status, size, error } = json;
  if (status === 'failed') throw lateRefusal(error, apiKey);
  if (typeof id !== 'string' || !jobId.test(id)) {
    throw answerFault('protocol', `its answer is no job of a video: ${text.slice(0, 500)}`);
  }
  return {
    upstreamId: id,
    // One that is made at once is seen to be at the first poll.
    status: status === 'queued' ? 'queued' : 'in_progress',
    progress: progressIn(json),
    size: typeof size === 'string' && sizeName.test(size) ? size : null,
  };
}

/** The answer to a poll. @throws UpstreamError for one that is none */
export function readNews({ json, text }: JsonAnswer, apiKey: string | null): VideoNews {
  switch (json.status) {
    case 'queued':
    case 'in_progress':
      return { is: 'underway', status: json.status, progress: progressIn(json) };
    case 'completed':
      return {
        is: 'completed',
        seconds: secondsIn(json.seconds),
        expiresAt: timeIn(json.expires_at),
      };
    case 'failed':
      return { is: 'failed', ...failureIn(json.error, apiKey) };
    default:
      throw answerFault('protocol', `its answer is no job of a video: ${text.slice(0, 500)}`);
  }
}

function failureIn(error: unknown, apiKey: string | null) {
  const { code, message } = complaintIn(error, apiKey) ?? {};
  return {
    code: code ?? nameIn(membersOf(error).type, apiKey) ?? 'video_failed',
    message: message ?? 'The upstream could not make the video.',
  };
}

function progressIn({ progress }: Members): number {
  const isPercent = typeof progress === 'number' && progress >= 0 && progress <= 100;
  return isPercent ? Math.floor(progress) : 0;
}

/** OpenAI writes them as text. */
function secondsIn(told: unknown): number | undefined {
  const seconds = typeof told === 'string' && /^\d{1,5}$/.test(told) ? Number(told) : told;
  const isCount = typeof seconds === 'number' && Number.isInteger(seconds);
  return isCount && seconds > 0 && seconds <= maxSeconds ? seconds : undefined;
}

/** Seconds since 1970, as milliseconds; of this century. */
function timeIn(told: unknown): number | null {
  const isTime = typeof told === 'number' && told > 946_684_800 && told < 4_102_444_800;
  return isTime ? Math.floor(told) * 1_000 : null;
}
