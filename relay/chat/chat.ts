// POST /v1/chat/completions as the relay's calls take it (whitepaper 3.1, DESIGN 2.2).
import type { RelayedRequest } from '../call/request';
import { errorEventOf } from '../errors';
import { tallyChat } from './input-tally';
import { outputLimitFieldOf, parseChatRequest, upstreamBodyOf } from './request';
import { readChoices, StreamTally } from './stream-tally';

/** @throws DomainError INVALID_REQUEST whose details name the parameter at fault. */
export function readChat(body: unknown): RelayedRequest {
  const chat = parseChatRequest(body);
  const { model, stream, choices, askedOutput, input } = chat;
  return {
    endpoint: 'chat/completions',
    channelKind: 'openai',
    model,
    choices,
    askedOutput,
    tallyInput: (isKnown) => tallyChat(input, isKnown),
    bodyFor: ({ model: upstreamModel, outputLimit, hidesOutput }) =>
      upstreamBodyOf(chat, {
        model: upstreamModel,
        outputLimit,
        outputLimitField: outputLimitFieldOf(chat, hidesOutput),
      }),
    answer: stream
      ? {
          by: 'events',
          read: () => new StreamTally(choices, chat.includeUsage, model),
          errorEventOf,
        }
      : { by: 'json', read: readChoices },
  };
}
