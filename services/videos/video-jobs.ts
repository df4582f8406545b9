// What a video's workflow does (DESIGN 2.2): asks the upstream how far its job is, and ends the call once it has ended.
import type { Knex } from 'knex';
import { assert } from '../../domain/errors';
import { usageOfUnits } from '../../domain/pricing';
import type { VideoLoss } from '../../domain/video';
import type { Committer } from '../../ledger/committer';
import type { RelayCall } from '../calls/relay-calls';
import type { WarsHinter } from '../wars/scoring';
import { completeVideo, failVideo } from './video-commands';
import { isOpen, stateOf, type VideoRow, type VideoState } from './video-rows';
import { findVideo } from './videos';

/** What an upstream says of a job. */
export type VideoNews =
  | {
      readonly is: 'underway';
      readonly status: 'queued' | 'in_progress';
      readonly progress: number;
    }
  | {
      readonly is: 'completed';
      /** undefined: it does not say. */
      readonly seconds: number | undefined;
      readonly expiresAt: number | null;
    }
  /** Its own words, fit for the owner's eyes. */
  | { readonly is: 'failed'; readonly code: string; readonly message: string }
  /** It does not know the job. */
  | { readonly is: 'missing' }
  /** For operators' eyes. */
  | { readonly is: 'unreachable'; readonly reason: string };

export interface VideoUpstream {
  /** Asks for the job of a channel, also of one that takes no calls any more. Never throws for what the upstream does. */
  ask(channelId: string, upstreamId: string): Promise<VideoNews>;
}

export interface VideoPoll {
  readonly video: VideoState;
  readonly found: VideoNews['is'];
  /** Of an upstream that cannot be reached. */
  readonly reason?: string;
}

export interface VideoJobs {
  /** Asks for the job, and settles or releases its call where it has ended; idempotent. */
  poll(videoId: string): Promise<VideoPoll>;
  /** Releases the call of a job that is not waited for any more, unless it has ended; idempotent. */
  giveUp(videoId: string, loss: VideoLoss): Promise<VideoState>;
}

interface VideoJobsOptions {
  readonly db: Knex;
  readonly committer: Committer;
  readonly upstream: VideoUpstream;
  readonly warsHint: WarsHinter;
}

const system = { actor: 'video' };

const losses: Record<VideoLoss, { readonly code: string; readonly message: string }> = {
  missing: { code: 'video_lost', message: 'The upstream does not know the video any more.' },
  overdue: { code: 'video_overdue', message: 'The upstream did not make the video in time.' },
};

type PaidCall = Pick<RelayCall, 'userId' | 'keyId' | 'priceVersionId' | 'imoId' | 'openedAt'>;

const paidCallColumns = {
  userId: 'c.user_id',
  keyId: 'c.key_id',
  priceVersionId: 'c.price_version_id',
  imoId: 'c.imo_id',
  openedAt: 'c.opened_at',
} satisfies Record<keyof PaidCall, string>;

export function createVideoJobs({
  db,
  committer,
  upstream,
  warsHint,
}: VideoJobsOptions): VideoJobs {
  async function read(videoId: string) {
    const [row, call] = await Promise.all([
      findVideo(db, videoId),
      db({ c: 'relay_calls' }).first<PaidCall | undefined>(paidCallColumns).where('c.id', videoId),
    ]);
    assert(row && call, `the video ${videoId} and its call exist`);
    const { userId, keyId } = call;
    return { row, call, name: { callId: videoId, userId, keyId } };
  }

  async function complete(
    { row, call, name }: Awaited<ReturnType<typeof read>>,
    { seconds, expiresAt }: Extract<VideoNews, { is: 'completed' }>,
  ): Promise<VideoState> {
    const settling = {
      ...name,
      modelId: row.modelId,
      priceVersionId: call.priceVersionId,
      imoIdHint: call.imoId,
      wars: warsHint(),
      channelId: row.channelId,
      usage: usageOfUnits((seconds ?? row.seconds) * row.unitsPerSecond),
      tokenSource: seconds === undefined ? 'tokenizer' : 'upstream',
      ending: 'completed',
      latencyMs: Math.max(0, Date.now() - call.openedAt),
      ttftMs: null,
      expiresAt,
    } as const;
    return (await committer.submit(completeVideo, settling, system)).result;
  }

  return {
    async poll(videoId) {
      const known = await read(videoId);
      const { row, name } = known;
      if (!isOpen(row)) {
        const video = stateOf(row);
        return { video, found: video.status === 'completed' ? 'completed' : 'failed' };
      }
      const news = await upstream.ask(row.channelId, row.upstreamId);
      switch (news.is) {
        case 'underway':
          return { video: await noteProgress(db, row, news), found: news.is };
        case 'completed':
          return { video: await complete(known, news), found: news.is };
        case 'failed': {
          const failing = { ...name, code: news.code, message: news.message };
          const { result } = await committer.submit(failVideo, failing, system);
          return { video: result, found: news.is };
        }
        case 'missing':
          return { video: stateOf(row), found: news.is };
        case 'unreachable':
          return { video: stateOf(row), found: news.is, reason: news.reason };
      }
    },

    async giveUp(videoId, loss) {
      const { name } = await read(videoId);
      return (await committer.submit(failVideo, { ...name, ...losses[loss] }, system)).result;
    },
  };
}

/** No money moves by it, so it is written without a commit of the ledger, where anything has changed. */
async function noteProgress(
  db: Knex,
  row: VideoRow,
  { status, progress }: Extract<VideoNews, { is: 'underway' }>,
): Promise<VideoState> {
  if (row.status !== status || row.progress !== progress) {
    await db('videos').update({ status, progress }).where({ id: row.id, ended_at: null });
  }
  return stateOf({ ...row, status, progress });
}
