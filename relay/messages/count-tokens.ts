// POST /v1/messages/count_tokens: what a message's input comes to, by the upstream's own count. It costs nothing, so
// there is no reservation, no slot and no record; the key's limit of requests counts it.
import type { Request, Response } from 'express';
import { principalOf, requireAllowedModel } from '../caller';
import type { CallDeps } from '../call/relayed-call';
import { requireChannels } from '../call/served';
import { tryChannels } from '../channels/channel-choice';
import { requireModel } from '../models';
import type { Catalog } from '../../services/catalog/catalog';
import type { UpstreamCall } from '../upstream/upstream';
import { answerFault } from '../upstream/upstream-error';
import { betaHeadersOf } from './betas';
import { parseCountTokensRequest } from './request';

type CountDeps = Pick<CallDeps, 'upstreams' | 'breakers' | 'onChannelFailure'> & {
  readonly catalog: Catalog;
};

/** Serves callers who were let in, with the body parsed. */
export function createCountTokensHandler(deps: CountDeps) {
  const { catalog, upstreams, breakers, onChannelFailure } = deps;
  return async (request: Request, response: Response): Promise<void> => {
    const { model: modelId, forwarded } = parseCountTokensRequest(request.body);
    requireAllowedModel(principalOf(response), modelId);
    const channels = requireChannels(requireModel(catalog, modelId), 'anthropic');
    const headers = betaHeadersOf(request.headers['anthropic-beta']?.toString());
    const { requestId } = response.locals as { requestId: string };
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    const { answer, attempt } = await tryChannels(channels, {
      breakerOf: (channel) => breakers.of(channel),
      async send({ baseUrl, apiKey, kind, upstreamId, timeouts }) {
        const body = JSON.stringify({ model: upstreamId, ...forwarded });
        const path = '/messages/count_tokens';
        const { signal } = leaving;
        return count({ baseUrl, apiKey, kind, path, headers, body, timeouts, signal });
      },
      onFailure: (channel, error) => onChannelFailure(channel, error, requestId),
      isWanted: () => !response.destroyed,
    });
    attempt.end();
    response.json({ input_tokens: answer });
  };

  async function count(call: UpstreamCall): Promise<number> {
    const { json, text } = await upstreams.callJson(call);
    const tokens = json.input_tokens;
    if (typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 0) return tokens;
    throw answerFault('protocol', `its answer is no count: ${text.slice(0, 500)}`);
  }
}
