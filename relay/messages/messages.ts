// POST /v1/messages, Anthropic's protocol, as the relay's calls take it (whitepaper 3.1, DESIGN 2.2).
import type { CallFacts, RelayedRequest } from '../call/request';
import { lateLimit, lateRefusal } from '../upstream/late-refusal';
import type { JsonAnswer } from '../upstream/upstream';
import { answerFault } from '../upstream/upstream-error';
import { readMessagesUsage } from '../usage';
import { betaHeadersOf, isThinkingInterleaved } from './betas';
import { messagesErrorEventOf } from './errors';
import { tallyMessages } from './input-tally';
import { parseMessagesRequest, upstreamBodyOf, type MessagesInput } from './request';
import { isOfRequest, MessageReading, textsOfMessage } from './stream-reading';

/** @throws DomainError INVALID_REQUEST whose details name the parameter at fault. */
export function readMessages(body: unknown, { id, headers }: CallFacts): RelayedRequest {
  const beta = headers['anthropic-beta']?.toString();
  const request = parseMessagesRequest(body, isThinkingInterleaved(beta));
  const { model, stream, maxTokens, input } = request;
  return {
    endpoint: 'messages',
    channelKind: 'anthropic',
    model,
    choices: 1,
    askedOutput: { tokens: maxTokens, field: 'max_tokens' },
    ...hidingOf(input.thinking),
    upstreamHeaders: betaHeadersOf(beta),
    tallyInput: () => tallyMessages(input),
    bodyFor: (terms) => upstreamBodyOf(request, terms),
    answer: stream
      ? {
          by: 'events',
          read: () => new MessageReading(model),
          errorEventOf: (error) => messagesErrorEventOf(error, id),
        }
      : { by: 'json', read: readWhole },
  };
}

/** @throws UpstreamError */
function readWhole({ text, json }: JsonAnswer, _variant: unknown, apiKey: string | null) {
  // Some upstreams answer an error with the status 200.
  if (isOfRequest(json.error)) throw lateRefusal(json.error, apiKey);
  if (!Array.isArray(json.content)) {
    const message = `its answer is no message: ${text.slice(0, 500)}`;
    throw lateLimit(json.error) ?? answerFault('protocol', message);
  }
  return { told: readMessagesUsage(json.usage), delivered: textsOfMessage(json.content) };
}

/** Thinking is shown as a summary, if at all, and billed whole; without a word the model decides. */
function hidingOf(thinking: MessagesInput['thinking']): Pick<RelayedRequest, 'hidesOutput'> {
  return thinking ? { hidesOutput: thinking.type !== 'disabled' } : {};
}
