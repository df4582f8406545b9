// A call that an upstream takes on as a job (DESIGN 2.2): its reservation passes to a workflow, which waits for the end of
// the job and settles or releases it.
import { presentVideo } from '../videos/present';
import type { JobForm } from './request';
import { hasLeft, sendCall, type RelayedCall } from './relayed-call';

/**
 * A client that has left does not end what the upstream goes on with: it is in their list of videos.
 * @throws UpstreamError, DomainError; nothing is billed then, unless it is the commit that hands it over which fails.
 */
export async function submitJob(call: RelayedCall, form: JobForm): Promise<void> {
  const { billed, upstreams, response, videoWindows } = call;
  const { variant } = billed.reservation;
  const sent = await sendCall(call, async (upstream) =>
    form.read(await upstreams.callJson(upstream), upstream.apiKey),
  );
  sent.attempt.end();
  const { upstreamId, status, progress, size } = sent.answer;
  const job = {
    channelId: sent.channel.id,
    upstreamId,
    status,
    progress,
    size: size ?? variant.size,
    seconds: form.seconds,
    unitsPerSecond: variant.units,
    pollMs: videoWindows.videoPoll,
    deadlineMs: videoWindows.videoDeadline,
  };
  const video = await billed.handOver(job).catch((error: unknown) => {
    // The upstream goes on with it: another try would be another video.
    response.setHeader('x-should-retry', 'false');
    throw error;
  });
  if (!hasLeft(call)) response.json(presentVideo(video));
}
