// Asking an upstream for the job of a video (DESIGN 2.2): of the channel that accepted it, also if that takes no
// calls any more.
import type { Knex } from 'knex';
import { openChannelKey, type ChannelKeys } from '../../services/catalog/channel-keys';
import { channelColumns, type Channel, type ChannelKind } from '../../services/catalog/channels';
import { SealError } from '../../services/catalog/sealing';
import type { VideoNews, VideoUpstream } from '../../services/videos/video-jobs';
import { redact } from '../upstream/upstream-complaint';
import type { OpenedAnswer, UpstreamCall, Upstreams, UpstreamTimeouts } from '../upstream/upstream';
import { UpstreamError } from '../upstream/upstream-error';
import { readNews } from './upstream-video';

export interface VideoUpstreamOptions extends ChannelKeys {
  readonly db: Knex;
  readonly upstreams: Upstreams;
}

/** An upstream that says no more than how far it is says so at once. */
const pollTimeouts: UpstreamTimeouts = {
  connectTimeoutMs: 5_000,
  firstByteTimeoutMs: 15_000,
  idleTimeoutMs: 15_000,
  maxCallMs: 20_000,
};

/** The channel's row, also of one that takes no calls any more; one that was deleted has no key. */
function findChannel(db: Knex, channelId: string): Promise<Channel | undefined> {
  return db({ c: 'channels' }).first<Channel | undefined>(channelColumns).where('c.id', channelId);
}

/** @throws SealError when the channel's key cannot be opened */
async function callOf(
  { db, ...keys }: VideoUpstreamOptions,
  channelId: string,
  path: string,
  signal: AbortSignal,
): Promise<UpstreamCall | undefined> {
  const channel = await findChannel(db, channelId);
  return (
    channel && {
      baseUrl: channel.baseUrl,
      kind: channel.kind as ChannelKind,
      apiKey: openChannelKey(channel, keys),
      path,
      body: null,
      timeouts: channel,
      signal,
    }
  );
}

/** The upstream does not know the job. */
function isUnknown(error: unknown): boolean {
  return error instanceof UpstreamError && (error.status === 404 || error.status === 410);
}

/** Asks for jobs, from the worker. */
export function createVideoUpstream(options: VideoUpstreamOptions): VideoUpstream {
  return {
    async ask(channelId, upstreamId): Promise<VideoNews> {
      const { signal } = new AbortController();
      let call: UpstreamCall | undefined;
      try {
        call = await callOf(options, channelId, `/videos/${upstreamId}`, signal);
        if (!call) return { is: 'missing' };
        const answer = await options.upstreams.callJson({ ...call, timeouts: pollTimeouts });
        return readNews(answer, call.apiKey);
      } catch (error) {
        if (isUnknown(error)) return { is: 'missing' };
        if (error instanceof UpstreamError || error instanceof SealError) {
          return { is: 'unreachable', reason: redact(error.message, call?.apiKey ?? null) };
        }
        throw error;
      }
    },
  };
}

/**
 * Opens what an upstream made.
 * @param query such as `?variant=thumbnail`, or nothing
 * @returns undefined where the upstream does not have it (any more)
 * @throws UpstreamError, SealError
 */
export async function openVideoContent(
  options: VideoUpstreamOptions,
  { channelId, upstreamId }: { readonly channelId: string; readonly upstreamId: string },
  query: string,
  signal: AbortSignal,
): Promise<OpenedAnswer | undefined> {
  const call = await callOf(options, channelId, `/videos/${upstreamId}/content${query}`, signal);
  if (!call) return undefined;
  try {
    return await options.upstreams.openBytes(call);
  } catch (error) {
    if (isUnknown(error)) return undefined;
    throw error;
  }
}
