// POST /v1/chat/completions: parse, reserve, then answer in one piece or as a stream (whitepaper 3.1, DESIGN 2.2).
import type { Request, Response } from 'express';
import type { Authenticator } from '../../services/identity/authenticator';
import type { Catalog } from '../../services/catalog/catalog';
import type { Billing } from '../billing';
import { authenticateCaller, requireAllowedModel, type RequestLimit } from '../caller';
import { requireModel } from '../models';
import type { TokenCounter } from '../token-counter';
import type { Upstreams } from '../upstream';
import { completeChat } from './complete';
import { parseChatRequest } from './request';
import { streamChat } from './stream';

export interface ChatDeps {
  readonly authenticator: Authenticator;
  readonly requestLimit: RequestLimit;
  readonly catalog: Catalog;
  readonly billing: Billing;
  readonly upstreams: Upstreams;
  readonly tokens: TokenCounter;
}

/** The header that tells a caller that their funds shortened the answer. */
export const clampedHeader = 'x-lx-clamped-max-tokens';

export function createChatHandler(deps: ChatDeps) {
  const { authenticator, requestLimit, catalog, billing, upstreams, tokens } = deps;
  return async (request: Request, response: Response): Promise<void> => {
    const startedAt = performance.now();
    const principal = await authenticateCaller(authenticator, request);
    response.locals.userId = principal.userId;
    response.locals.keyId = principal.keyId;
    await requestLimit.consume(principal, response);
    const chat = parseChatRequest(request.body);
    requireAllowedModel(principal, chat.model);
    const model = requireModel(catalog, chat.model);
    const counted = await tokens.countChat(chat.input, model.version);
    const billed = await billing.begin({
      callId: response.locals.requestId as string,
      userId: principal.userId,
      keyId: principal.keyId,
      endpoint: 'chat/completions',
      modelId: model.id,
      priceVersionHint: model.version.id,
      ...counted,
      choices: chat.choices,
      askedOutput: chat.askedOutput,
    });
    if (billed.reservation.clamped) {
      response.setHeader(clampedHeader, billed.reservation.outputLimit);
    }
    const call = {
      request: chat,
      model,
      billed,
      upstreams,
      tokens,
      startedAt,
    };
    await (chat.stream ? streamChat(call, response) : completeChat(call, response));
  };
}
