// The relay under /v1 (DESIGN 2.2 and 6), kept thin: what a call waits for stands here, nothing else.
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import type { Logger } from 'pino';
import { Counter, Histogram, type Registry } from 'prom-client';
import { DomainError } from '../domain/errors';
import type { Authenticator } from '../services/identity/authenticator';
import { createBodyBudget } from './body-budget';
import {
  admitCallers,
  limitRequests,
  refuseFrozen,
  type NoteBadCredentials,
  type RequestLimit,
} from './caller';
import { createCallHandler, type HandlerDeps } from './call/handler';
import type { ReadCall } from './call/request';
import { readChat } from './chat/chat';
import { readCompletion } from './completions/completions';
import { readEmbedding } from './embeddings/embeddings';
import { readImages } from './images/images';
import { isForm, readForms } from './forms/form-body';
import { readSpeech } from './speech/speech';
import type { AudioMeter } from './transcriptions/audio-meter';
import { createTranscriptionReader } from './transcriptions/transcriptions';
import { readVideo } from './videos/create';
import { listVideos, sendVideoContent, showVideo, type VideoReadDeps } from './videos/reads';
import { sendError } from './errors';
import { createCountTokensHandler } from './messages/count-tokens';
import { sendMessagesError } from './messages/errors';
import { readMessages } from './messages/messages';
import { listModels, showModel } from './models';
import { readResponses } from './responses/responses';

export interface RelayDeps extends Omit<HandlerDeps, 'onChannelFailure'>, VideoReadDeps {
  readonly authenticator: Authenticator;
  readonly noteBadCredentials: NoteBadCredentials;
  readonly requestLimit: RequestLimit;
  readonly audioMeter: AudioMeter;
  readonly logger: Logger;
  readonly metrics: Registry;
}

/** A conversation with images inside it is large. */
const maxBodyBytes = 32 * 1024 * 1024;
const bodyLimits = {
  maxBytes: maxBodyBytes,
  uncountedBytes: 64 * 1024,
  totalBytes: 256 * 1024 * 1024,
};

/** As OpenAI allows it. */
const maxFileBytes = 25 * 1024 * 1024;

/** What makes a call of a JSON body, by the path under /v1. */
const readers: readonly (readonly [string, ReadCall])[] = [
  ['chat/completions', readChat],
  ['completions', readCompletion],
  ['responses', readResponses],
  ['messages', readMessages],
  ['embeddings', readEmbedding],
  ['images/generations', readImages],
  ['audio/speech', readSpeech],
];

/** Of calls, under /v1. */
export const jsonCallPaths: readonly string[] = readers.map(([endpoint]) => `/${endpoint}`);

export function createRelayRouter(deps: RelayDeps): Router {
  const { authenticator, catalog, logger } = deps;
  const router = express.Router();
  const admit = admitCallers(authenticator, deps.noteBadCredentials);
  const bodies = createBodyBudget(bodyLimits);
  const handlers = { ...deps, onChannelFailure: createFailureLog(deps) };
  router.use(createCallLog(deps));
  router.use('/messages', nameRequest);
  const admitBody = [admit, limitRequests(deps.requestLimit), refuseFrozen, bodies.admit];
  const json = express.json({
    limit: maxBodyBytes,
    type: () => true,
    strict: true,
    verify: (_request, response, body) => bodies.measure(response, body.length),
  });
  const form = readForms({ maxBytes: maxBodyBytes, maxFileBytes }, bodies.measure);
  for (const [endpoint, read] of readers) {
    router.post(`/${endpoint}`, ...admitBody, json, createCallHandler(handlers, read));
  }
  const readTranscription = createTranscriptionReader(deps.audioMeter);
  router.post(
    '/audio/transcriptions',
    ...admitBody,
    form,
    createCallHandler(handlers, readTranscription),
  );
  const formOrJson: RequestHandler = (request, response, next) =>
    isForm(request) ? form(request, response, next) : json(request, response, next);
  router.post('/videos', ...admitBody, formOrJson, createCallHandler(handlers, readVideo));
  const admitRead = [admit, limitRequests(deps.requestLimit)];
  router.get('/videos', ...admitRead, listVideos(deps));
  router.get('/videos/:id', ...admitRead, showVideo(deps));
  router.get('/videos/:id/content', ...admitRead, sendVideoContent(deps));
  router.post('/messages/count_tokens', ...admitBody, json, createCountTokensHandler(handlers));
  router.get('/models', admit, listModels(catalog));
  router.get('/models/:id', admit, showModel(catalog));
  router.use((request) => {
    throw new DomainError(
      'NOT_FOUND',
      `Unknown request URL: ${request.method} /v1${request.path}.`,
    );
  });
  router.use('/messages', answerError(logger, sendMessagesError));
  router.use(answerError(logger, sendError));
  return router;
}

/** The request's id under the name by which Anthropic's SDKs read it. */
function nameRequest(_request: Request, response: Response, next: () => void): void {
  const { requestId } = response.locals as { requestId: string };
  response.setHeader('request-id', requestId);
  next();
}

/** @param send answers in the shape of the protocol */
function answerError(
  logger: Logger,
  send: (response: Response, error: unknown) => void,
): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const { requestId } = response.locals as { requestId?: string };
    // Nobody is there to be told; the log of calls has it.
    if (response.destroyed) return;
    if (response.headersSent) {
      logger.error({ requestId, err: error }, 'a call failed after its answer had begun');
      response.destroy();
      return;
    }
    send(response, error);
    if (response.statusCode >= 500) logger.warn({ requestId, err: error }, 'call failed');
  };
}

/** Failures that another channel made good are seen by operators alone. */
function createFailureLog({ logger, metrics }: RelayDeps): HandlerDeps['onChannelFailure'] {
  const failures = new Counter({
    name: 'lx_relay_upstream_failures_total',
    help: 'Failures of upstreams, by channel and kind',
    labelNames: ['channel', 'kind'],
    registers: [metrics],
  });
  return ({ name }, error, requestId) => {
    if (error.kind === 'aborted') return;
    failures.inc({ channel: name, kind: error.kind });
    logger.warn({ requestId, channel: name, kind: error.kind, err: error }, 'an upstream failed');
  };
}

function createCallLog({ logger, metrics }: RelayDeps) {
  const seconds = new Histogram({
    name: 'lx_relay_request_seconds',
    help: 'Time to the end of the answer of a relay request',
    labelNames: ['status'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [metrics],
  });
  // Its fields are these and no others: there is nothing to be struck out.
  const log = logger.child({}, { redact: [] });
  return (request: Request, response: Response, next: () => void): void => {
    const startedAt = performance.now();
    const [path] = request.url.split('?', 1);
    response.once('close', () => {
      const durationMs = performance.now() - startedAt;
      // An answer that we gave up on counts as written once its socket is destroyed.
      const isWhole = response.writableFinished && !response.errored;
      const status = isWhole ? response.statusCode : 499;
      seconds.observe({ status }, durationMs / 1000);
      const { requestId, userId, keyId } = response.locals;
      log.info(
        { requestId, userId, keyId, path, status, durationMs: Math.round(durationMs) },
        'call',
      );
    });
    next();
  };
}
