// POST /v1/chat/completions: parse, reserve, then answer in one piece or as a stream (whitepaper 3.1, DESIGN 2.2).
import type { Request, Response } from 'express';
import type { Catalog } from '../../services/catalog/catalog';
import type { Billing } from '../billing';
import { principalOf, requireAllowedModel } from '../caller';
import { requireModel } from '../models';
import type { CallDeps } from './chat-call';
import { completeChat } from './complete';
import { parseChatRequest } from './request';
import { streamChat } from './stream';

export interface ChatDeps extends CallDeps {
  readonly catalog: Catalog;
  readonly billing: Billing;
}

/** The header that tells a caller that their funds shortened the answer. */
const clampedHeader = 'x-lx-clamped-max-tokens';

/** Serves callers who were let in, with the body parsed. */
export function createChatHandler(deps: ChatDeps) {
  const { catalog, billing, tokens } = deps;
  return async (request: Request, response: Response): Promise<void> => {
    const startedAt = performance.now();
    const principal = principalOf(response);
    const chat = parseChatRequest(request.body);
    requireAllowedModel(principal, chat.model);
    const model = requireModel(catalog, chat.model);
    const counted = await tokens.countChat(chat.input, model.version);
    const id = response.locals.requestId as string;
    const billed = await billing.begin({
      callId: id,
      userId: principal.userId,
      keyId: principal.keyId,
      endpoint: 'chat/completions',
      modelId: model.id,
      priceVersionHint: model.version.id,
      isScarceHint: model.access === 'imo',
      ...counted,
      choices: chat.choices,
      askedOutput: chat.askedOutput,
    });
    try {
      if (response.destroyed) {
        await billed.release('client_left');
        return;
      }
      if (billed.reservation.clamped) {
        response.setHeader(clampedHeader, billed.reservation.outputLimit);
      }
      const call = { ...deps, id, request: chat, response, billed, startedAt };
      await (chat.stream ? streamChat(call) : completeChat(call));
    } catch (error) {
      await billed.release('failed');
      throw error;
    }
  };
}
