// The mock's videos, in OpenAI's shape: jobs that are done after a few polls, and whose film is a line of text.
import { type IncomingMessage, type ServerResponse } from 'node:http';
import type { MockBehaviour } from './behaviour';
import type { MockEndpoint, MockRequest } from './endpoint';
import { errorBody } from './error-body';
import { sendBytes, sendJson } from './send';

interface VideoRequest extends MockRequest {
  prompt?: string;
  seconds?: string;
  size?: string;
}

interface Job {
  readonly id: string;
  readonly model: string;
  readonly seconds: string;
  readonly size: string;
  readonly createdAt: number;
  polls: number;
}

const defaultPolls = 2;
const contentTypes: ReadonlyMap<string | null, string> = new Map([
  [null, 'video/mp4'],
  ['video', 'video/mp4'],
  ['thumbnail', 'image/webp'],
  ['spritesheet', 'image/jpeg'],
]);

const now = () => Math.floor(Date.now() / 1_000);

/** Those of one mock. */
export class MockVideos {
  private readonly jobs = new Map<string, Job>();

  readonly endpoint: MockEndpoint<VideoRequest> = {
    answer: (request, _behaviour, sequence) => {
      const { model, seconds = '4', size = '720x1280' } = request;
      const id = `video_mock_${sequence}`;
      const job = { id, model, seconds, size, createdAt: now(), polls: 0 };
      this.jobs.set(id, job);
      return JSON.stringify(this.present(job, {}));
    },
    errorBody,
  };

  /** How often a job was asked for. */
  pollsOf(id: string): number {
    return this.jobs.get(id)?.polls ?? 0;
  }

  /** Answers `GET /v1/videos/…`; false for another path. */
  async route(
    request: IncomingMessage,
    response: ServerResponse,
    behaviourOf: (model: string) => MockBehaviour | undefined,
    released: () => Promise<void>,
  ): Promise<boolean> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://mock');
    const [, id, content] = /^\/v1\/videos\/([\w.:-]+)(\/content)?$/.exec(pathname) ?? [];
    if (id === undefined) return false;
    const job = this.jobs.get(id);
    const behaviour = (job && behaviourOf(job.model)) ?? {};
    if (behaviour.hang) return true;
    if (behaviour.failStatus) {
      sendJson(response, behaviour.failStatus, errorBody(behaviour.failStatus, undefined));
    } else if (!job || behaviour.videoLost) {
      sendJson(response, 404, errorBody(404, undefined));
    } else if (content === undefined) {
      job.polls++;
      sendJson(response, 200, behaviour.answer ?? JSON.stringify(this.present(job, behaviour)));
    } else {
      const contentType = contentTypes.get(searchParams.get('variant')) ?? 'video/mp4';
      const chunks = ['This film', ' is a', ` mock of ${job.seconds} s.`].map((text) =>
        Buffer.from(text),
      );
      await sendBytes(response, { contentType, chunks }, behaviour, released);
    }
    return true;
  }

  private present(
    { id, model, seconds, size, createdAt, polls }: Job,
    { videoPolls = defaultPolls, videoError, reportedOutputTokens }: MockBehaviour,
  ) {
    const isOver = polls >= videoPolls;
    const status = !isOver
      ? polls === 0
        ? 'queued'
        : 'in_progress'
      : videoError
        ? 'failed'
        : 'completed';
    return {
      id,
      object: 'video',
      model,
      status,
      progress: isOver ? 100 : Math.floor((100 * polls) / videoPolls),
      created_at: createdAt,
      completed_at: isOver ? now() : null,
      expires_at: isOver ? now() + 3_600 : null,
      seconds: reportedOutputTokens === undefined ? seconds : String(reportedOutputTokens),
      size,
      error: isOver && videoError ? videoError : null,
    };
  }
}
