// GET /v1/videos, /v1/videos/:id and /v1/videos/:id/content (DESIGN 2.2): for the videos' owner alone, and free.
import type { Request, Response } from 'express';
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import { videoNameOf, type VideoStatus } from '../../domain/video';
import type { Videos } from '../../services/videos/videos';
import { principalOf } from '../caller';
import { parseRequest } from '../request-errors';
import { createStreamWriter } from '../sse';
import { presentVideo } from './present';
import { openVideoContent, type VideoUpstreamOptions } from './video-upstream';

export interface VideoReadDeps {
  readonly videos: Videos;
  readonly videoUpstream: VideoUpstreamOptions;
  /** A client that takes nothing for so long has gone without saying so. */
  readonly idleWriteTimeoutMs: number;
}

type ById = Request<{ id: string }>;

export const videoListSchema = z.strictObject({
  after: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
});

export const videoContentSchema = z.strictObject({
  variant: z.enum(['video', 'thumbnail', 'spritesheet']).default('video'),
});

export function listVideos({ videos }: VideoReadDeps) {
  return async (request: Request, response: Response): Promise<void> => {
    const wish = parseRequest(videoListSchema, request.query);
    const page = await videos.list(principalOf(response).userId, wish);
    const data = page.videos.map(presentVideo);
    response.json({
      object: 'list',
      data,
      first_id: data.at(0)?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: page.hasMore,
    });
  };
}

export function showVideo({ videos }: VideoReadDeps) {
  return async (request: ById, response: Response): Promise<void> => {
    response.json(presentVideo(await videos.find(principalOf(response).userId, request.params.id)));
  };
}

const notReady: Record<Exclude<VideoStatus, 'completed'>, string> = {
  queued: 'is not made yet',
  in_progress: 'is not made yet',
  failed: 'could not be made',
};

/** Of one user at once: each holds a connection to the upstream, and is free. */
const maxDownloads = 8;

/** Passes on what the upstream made, as it comes. */
export function sendVideoContent({ videos, videoUpstream, idleWriteTimeoutMs }: VideoReadDeps) {
  const downloads = new Map<string, number>();

  function countDownload(userId: string, response: Response): void {
    const count = downloads.get(userId) ?? 0;
    if (count >= maxDownloads) {
      throw new DomainError('RATE_LIMITED', `At most ${maxDownloads} downloads at once.`, {
        retryAfterSeconds: 1,
      });
    }
    downloads.set(userId, count + 1);
    response.once('close', () => {
      const left = (downloads.get(userId) ?? 1) - 1;
      if (left > 0) downloads.set(userId, left);
      else downloads.delete(userId);
    });
  }

  return async (request: ById, response: Response): Promise<void> => {
    const { variant } = parseRequest(videoContentSchema, request.query);
    const { userId } = principalOf(response);
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    const video = await videos.find(userId, request.params.id);
    const name = videoNameOf(video.id);
    const status = video.status as VideoStatus;
    if (status !== 'completed') {
      throw new DomainError('STATE_CONFLICT', `The video '${name}' ${notReady[status]}.`);
    }
    if (request.method === 'HEAD' || response.destroyed) {
      response.end();
      return;
    }
    countDownload(userId, response);
    const query = variant === 'video' ? '' : `?variant=${variant}`;
    const content = await openVideoContent(videoUpstream, video, query, leaving.signal);
    if (!content) {
      throw new DomainError('NOT_FOUND', `The upstream has no ${variant} of '${name}' any more.`);
    }
    const told = content.headers['content-type'] ?? '';
    // What a browser would run is of no use to an owner, and would run as ours.
    const type = /^(?:video|image)\/[\w.+-]+$/.test(told) ? told : 'application/octet-stream';
    const length = content.headers['content-length'];
    const writer = createStreamWriter(response, content, idleWriteTimeoutMs, {
      'content-type': type,
      'x-content-type-options': 'nosniff',
      ...(length === undefined || content.headers['content-encoding']
        ? {}
        : { 'content-length': length }),
    });
    await content.consume((chunk) => writer.write(chunk));
    writer.end('');
  };
}
