// A video (DESIGN 2.2): the upstream makes it, and is asked until it has; its call is settled then, or released. The
// workflow owns the reservation from the submission on.
import {
  ActivityFailure,
  CancellationScope,
  continueAsNew,
  defineQuery,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import { nextPollMs } from '../domain/polling';
import { hasEnded, type VideoLoss } from '../domain/video';
import type { VideoActivities, VideoPoll, VideoState, VideoTerms } from '../activities/videos';
import { commandOptions } from './activity-options';
import { lxEntity, lxKind, lxStatus, lxUser } from './search-attributes';

/** The video as this workflow knows it; null until it was asked for. */
export const statusQuery = defineQuery<VideoState | null>('status');

const { giveUpVideo } = proxyActivities<VideoActivities>(commandOptions);
/** One that does not get through is no reason to miss the deadline. */
const { pollVideo } = proxyActivities<VideoActivities>({
  ...commandOptions,
  scheduleToCloseTimeout: '5m',
});

/** An upstream may not know at once, everywhere, what it has accepted: so many polls, and as long as ten of the first ones. */
const pollsToMiss = 3;
const waitsToMiss = 10;

/** An upstream that does not know the job. */
interface Missing {
  readonly times: number;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export function videoSummary({
  modelId,
  seconds,
}: Pick<VideoTerms, 'modelId' | 'seconds'>): string {
  return `Video of ${seconds} s by ${modelId}`;
}

export function videoSearchAttributes({
  videoId,
  userId,
}: Pick<VideoTerms, 'videoId' | 'userId'>): SearchAttributePair[] {
  return [
    { key: lxKind, value: 'video' },
    { key: lxEntity, value: videoId },
    { key: lxUser, value: userId },
    { key: lxStatus, value: 'queued' },
  ];
}

/** @param missing by the polls before, where it goes on */
export async function videoJob(
  terms: VideoTerms,
  missing: Missing | null = null,
): Promise<VideoState> {
  const { videoId, submittedAt, deadlineAt, pollMs } = terms;
  const deadline = Date.parse(deadlineAt);
  let video = null as VideoState | null;
  setHandler(statusQuery, () => video, { description: 'The video and how far it is' });
  setCurrentDetails(describe(terms, null));

  function tell(now: VideoState, poll?: VideoPoll): VideoState {
    if (now.status !== (video?.status ?? 'queued')) {
      upsertSearchAttributes([{ key: lxStatus, value: now.status }]);
    }
    video = now;
    setCurrentDetails(describe(terms, now, poll));
    return now;
  }

  /** null: nothing came of it, and its failure is in the history. */
  async function ask(): Promise<VideoPoll | null> {
    try {
      return await pollVideo.executeWithOptions({ summary: 'Ask the upstream' }, [videoId]);
    } catch (error) {
      if (error instanceof ActivityFailure) return null;
      throw error;
    }
  }

  async function giveUp(loss: VideoLoss): Promise<VideoState> {
    const summary = `Give up: ${loss}`;
    return tell(await giveUpVideo.executeWithOptions({ summary }, [videoId, loss]));
  }

  // What is reserved must be settled or released: a request to cancel ends nothing.
  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      const now = Date.now();
      const waitMs = Math.min(
        nextPollMs(now - Date.parse(submittedAt), pollMs),
        Math.max(pollMs, deadline - now),
      );
      await sleep(waitMs, { summary: 'Until the upstream is asked again' });
      const poll = await ask();
      const state = poll && tell(poll.video, poll);
      if (state && hasEnded(state.status)) return state;
      missing = poll?.found === 'missing' ? missedAgain(missing) : null;
      if (missing && isLost(missing, pollMs)) return giveUp('missing');
      if (Date.now() >= deadline) return giveUp('overdue');
      if (workflowInfo().continueAsNewSuggested) {
        await continueAsNew<typeof videoJob>(terms, missing);
      }
    }
  });
}

function missedAgain(missing: Missing | null): Missing {
  return { times: (missing?.times ?? 0) + 1, since: missing?.since ?? Date.now() };
}

function isLost({ times, since }: Missing, pollMs: number): boolean {
  return times >= pollsToMiss && Date.now() - since >= waitsToMiss * pollMs;
}

/** Markdown for the Temporal UI. */
function describe(
  { userId, modelId, seconds, submittedAt, deadlineAt }: VideoTerms,
  video: VideoState | null,
  poll?: VideoPoll,
): string {
  const head = `User \`${userId}\` asked **${modelId}** for **${seconds} s** of video at ${submittedAt}.`;
  return `${head}\n\n${outcomeOf(deadlineAt, video, poll)}`;
}

function outcomeOf(deadlineAt: string, video: VideoState | null, poll?: VideoPoll): string {
  if (video?.status === 'completed') return '**Made**, and its call is settled.';
  if (video?.error) {
    return `**Failed**: ${video.error.message} (\`${video.error.code}\`). Its call was given back.`;
  }
  const trouble = poll?.reason
    ? `\n\nThe upstream cannot be asked at the moment: ${poll.reason}`
    : '';
  return `**${video?.progress ?? 0}%**; it is given up at ${deadlineAt}.${trouble}`;
}
