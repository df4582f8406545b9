// What a video's workflow does at the upstream and in the ledger (DESIGN 2.2).
import type { VideoLoss } from '../domain/video';
import type { VideoJobs, VideoPoll } from '../services/videos/video-jobs';
import type { VideoState, VideoTerms } from '../services/videos/video-rows';
import { runActivity } from './run';

export type { VideoPoll, VideoState, VideoTerms };

export interface VideoActivities {
  /** Asks the upstream, and settles or releases the call where its job has ended; idempotent. */
  pollVideo(videoId: string): Promise<VideoPoll>;
  /** Releases the call of a job that is not waited for any more; idempotent. */
  giveUpVideo(videoId: string, loss: VideoLoss): Promise<VideoState>;
}

export function createVideoActivities({
  videoJobs,
}: {
  readonly videoJobs: VideoJobs;
}): VideoActivities {
  return {
    pollVideo: (videoId) => runActivity(() => videoJobs.poll(videoId)),
    giveUpVideo: (videoId, loss) => runActivity(() => videoJobs.giveUp(videoId, loss)),
  };
}
