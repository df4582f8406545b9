// POST /v1/responses as the relay's calls take it (whitepaper 3.1, DESIGN 2.2).
import type { EventsForm, RelayedRequest } from '../call/request';
import { describeError } from '../errors';
import { lateLimit, lateRefusal } from '../upstream/late-refusal';
import type { JsonAnswer } from '../upstream/upstream';
import { answerFault } from '../upstream/upstream-error';
import { readResponseUsage } from '../usage';
import { tallyResponses } from './input-tally';
import { textsOfOutput } from './output-text';
import { parseResponsesRequest, upstreamBodyOf } from './request';
import { isOfRequest } from './request-faults';
import { ResponseReading } from './stream-reading';

/** @throws DomainError INVALID_REQUEST whose details name the parameter at fault. */
export function readResponses(body: unknown): RelayedRequest {
  const request = parseResponsesRequest(body);
  const { model, stream, askedOutput, input } = request;
  return {
    endpoint: 'responses',
    channelKind: 'openai',
    inputField: 'input',
    model,
    choices: 1,
    askedOutput,
    tallyInput: (isKnown) => tallyResponses(input, isKnown),
    bodyFor: (upstream) => upstreamBodyOf(request, upstream),
    answer: stream ? eventsOf(model) : { by: 'json', read: readWhole },
  };
}

/** @throws UpstreamError */
function readWhole({ json, text }: JsonAnswer, _variant: unknown, apiKey: string | null) {
  const { object, output, status, usage, error } = json;
  if (isOfRequest(error)) throw lateRefusal(error, apiKey);
  const isAnswer = status === 'completed' || status === 'incomplete' || status === undefined;
  if (object !== 'response' || !Array.isArray(output) || !isAnswer) {
    const message = `its answer is no finished response: ${text.slice(0, 500)}`;
    throw lateLimit(error) ?? answerFault('protocol', message);
  }
  return { told: readResponseUsage(usage), delivered: textsOfOutput(output) };
}

function eventsOf(model: string): EventsForm {
  // Of the channel that was asked last.
  let reading = new ResponseReading(model);
  return {
    by: 'events',
    read: () => (reading = new ResponseReading(model)),
    errorEventOf: (error) => errorEventOf(error, reading.nextSequence),
  };
}

/** An SDK throws for an event that has a member `error`; the others are those of OpenAI's own event. */
function errorEventOf(error: unknown, sequenceNumber: number): string {
  const told = describeError(error).error;
  const { code, message, param } = told;
  const event = {
    type: 'error',
    code,
    message,
    param,
    sequence_number: sequenceNumber,
    error: told,
  };
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
}
