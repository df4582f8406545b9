// A video in OpenAI's form.
import { videoNameOf } from '../../domain/video';
import { stateOf, type VideoRow } from '../../services/videos/video-rows';

/** Seconds since 1970. */
function secondsOf(time: number | null): number | null {
  return time === null ? null : Math.floor(time / 1_000);
}

/** Prompts are not kept, so none is told. */
export function presentVideo(row: VideoRow) {
  const { status, progress, error } = stateOf(row);
  return {
    id: videoNameOf(row.id),
    object: 'video',
    model: row.modelId,
    status,
    progress,
    created_at: secondsOf(row.submittedAt),
    completed_at: status === 'completed' ? secondsOf(row.endedAt) : null,
    expires_at: secondsOf(row.expiresAt),
    seconds: String(row.seconds),
    size: row.size ?? '',
    prompt: null,
    remixed_from_video_id: null,
    error,
  };
}
