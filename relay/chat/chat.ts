// POST /v1/chat/completions as the relay's calls take it (whitepaper 3.1, DESIGN 2.2).
import type { RelayedRequest } from '../call/request';
import { errorEventOf } from '../errors';
import { answerFault } from '../upstream-error';
import { readChatUsage } from '../usage';
import { tallyChat } from './input-tally';
import { outputLimitFieldOf, parseChatRequest, upstreamBodyOf } from './request';
import { StreamTally, textsOfCompletion } from './stream-tally';

/** @throws DomainError INVALID_REQUEST whose details name the parameter at fault. */
export function readChat(body: unknown): RelayedRequest {
  const chat = parseChatRequest(body);
  const { model, stream, choices, askedOutput, input } = chat;
  return {
    endpoint: 'chat/completions',
    channelKind: 'openai',
    model,
    stream,
    choices,
    askedOutput,
    tallyInput: (isKnown) => tallyChat(input, isKnown),
    bodyFor: ({ model: upstreamModel, outputLimit, hidesOutput }) =>
      upstreamBodyOf(chat, {
        model: upstreamModel,
        outputLimit,
        outputLimitField: outputLimitFieldOf(chat, hidesOutput),
      }),
    readAnswer(answer) {
      // Some upstreams answer an error with the status 200.
      if (!Array.isArray(answer.json.choices)) {
        throw answerFault('protocol', `its answer is no completion: ${answer.text.slice(0, 500)}`);
      }
      return { told: readChatUsage(answer.json.usage), delivered: textsOfCompletion(answer.json) };
    },
    readStream: () => new StreamTally(choices, chat.includeUsage, model),
    errorEventOf,
  };
}
