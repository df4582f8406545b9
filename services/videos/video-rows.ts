// The table of videos (DESIGN 2.2): jobs that upstreams took on, each beside the call that pays for it, with the same id.
import { hasEnded, type VideoStatus } from '../../domain/video';
import { assert } from '../../domain/errors';
import { isoTime } from '../../domain/time';
import type { OutboxMessage } from '../../ledger/command';
import { defineTable, type RowOf } from '../../ledger/table';

export const videos = defineTable({
  name: 'videos',
  key: 'id',
  writes: 'upsert',
  columns: {
    /** The call's. */
    id: 'uuid',
    userId: 'uuid',
    modelId: 'text',
    channelId: 'uuid',
    /** What the upstream calls the job. */
    upstreamId: 'text',
    seconds: 'int',
    /** Of the model's price, for each second. */
    unitsPerSecond: 'int',
    size: 'text?',
    /** `VideoStatus` */
    status: 'text',
    /** Percent, as the upstream told last. */
    progress: 'int',
    submittedAt: 'timestamptz',
    /** When it is given up. */
    deadlineAt: 'timestamptz',
    /** How long to wait at least before the upstream is asked again. */
    pollMs: 'int',
    endedAt: 'timestamptz?',
    /** When the upstream deletes what it made. */
    expiresAt: 'timestamptz?',
    // Of one that failed, fit for its owner's eyes.
    errorCode: 'text?',
    errorMessage: 'text?',
  },
});
export type VideoRow = RowOf<typeof videos>;

/** For reads of `videos v`. */
export const videoColumns = {
  id: 'v.id',
  userId: 'v.user_id',
  modelId: 'v.model_id',
  channelId: 'v.channel_id',
  upstreamId: 'v.upstream_id',
  seconds: 'v.seconds',
  unitsPerSecond: 'v.units_per_second',
  size: 'v.size',
  status: 'v.status',
  progress: 'v.progress',
  submittedAt: 'v.submitted_at',
  deadlineAt: 'v.deadline_at',
  pollMs: 'v.poll_ms',
  endedAt: 'v.ended_at',
  expiresAt: 'v.expires_at',
  errorCode: 'v.error_code',
  errorMessage: 'v.error_message',
} satisfies Record<keyof VideoRow, string>;

/** What a workflow is started with, and the Temporal UI shows. Times in ISO 8601. */
export interface VideoTerms {
  readonly videoId: string;
  readonly userId: string;
  readonly modelId: string;
  readonly seconds: number;
  readonly submittedAt: string;
  readonly deadlineAt: string;
  readonly pollMs: number;
}

/** What a workflow knows of it. */
export interface VideoState {
  readonly id: string;
  readonly status: VideoStatus;
  readonly progress: number;
  /** null: it has not failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

export function stateOf({ id, status, progress, errorCode, errorMessage }: VideoRow): VideoState {
  const error = errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' };
  return { id, status: status as VideoStatus, progress, error };
}

export function isOpen({ status }: Pick<VideoRow, 'status'>): boolean {
  return !hasEnded(status as VideoStatus);
}

/** What starts its workflow. */
export function videoSubmittedMessage(
  row: Pick<
    VideoRow,
    'id' | 'userId' | 'modelId' | 'seconds' | 'submittedAt' | 'deadlineAt' | 'pollMs'
  >,
): OutboxMessage {
  const { id, userId, modelId, seconds, submittedAt, deadlineAt, pollMs } = row;
  assert(deadlineAt > submittedAt, 'a video has time');
  const terms: VideoTerms = {
    videoId: id,
    userId,
    modelId,
    seconds,
    submittedAt: isoTime(submittedAt),
    deadlineAt: isoTime(deadlineAt),
    pollMs,
  };
  return { kind: 'video.submitted', entityId: id, payload: { ...terms } };
}
