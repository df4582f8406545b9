// A message as it comes in and as it goes on to an upstream (DESIGN 2.2): nothing reaches an upstream that the schema
// does not name, its output has the limit that was reserved, and it never takes a tier with other prices.
import { DomainError } from '../../domain/errors';
import type { UpstreamTerms } from '../call/request';
import { withoutNulls } from '../members';
import { parseRequest } from '../request-errors';
import { messagesRefusals } from './refusals';
import {
  countTokensRequestSchema,
  leastThinkingBudget,
  messagesRequestSchema,
  type CountTokensFields,
  type MessagesFields,
} from './request-schema';

/** What is counted as input. */
export type MessagesInput = Pick<
  CountTokensFields,
  'messages' | 'system' | 'tools' | 'tool_choice' | 'thinking' | 'output_config'
>;

export interface MessagesRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly maxTokens: number;
  readonly input: MessagesInput;
  /** Every field that is forwarded as it came. */
  readonly forwarded: Readonly<Record<string, unknown>>;
}

/**
 * Reads the body of `POST /v1/messages`.
 * @param body parsed JSON.
 * @param isThinkingInterleaved its budget of thinking is one of several calls.
 * @throws DomainError INVALID_REQUEST whose details name the parameter at fault.
 */
export function parseMessagesRequest(
  body: unknown,
  isThinkingInterleaved = false,
): MessagesRequest {
  const {
    model,
    max_tokens: maxTokens,
    stream,
    speed: _speed,
    service_tier: _serviceTier,
    container: _container,
    mcp_servers: _mcpServers,
    context_management: _contextManagement,
    diagnostics: _diagnostics,
    inference_geo: _inferenceGeo,
    ...fields
  } = parseRequest(messagesRequestSchema, body, messagesRefusals);
  if (!isThinkingInterleaved) requireRoomToAnswer(fields.thinking, maxTokens);
  return {
    model,
    stream: stream ?? false,
    maxTokens,
    input: fields,
    forwarded: { ...withoutNulls(fields), ...(stream ? { stream } : {}) },
  };
}

export interface CountTokensRequest {
  readonly model: string;
  readonly forwarded: Readonly<Record<string, unknown>>;
}

/** Reads the body of `POST /v1/messages/count_tokens`. @throws DomainError INVALID_REQUEST */
export function parseCountTokensRequest(body: unknown): CountTokensRequest {
  const {
    model,
    speed: _speed,
    mcp_servers: _mcpServers,
    context_management: _contextManagement,
    ...fields
  } = parseRequest(countTokensRequestSchema, body, messagesRefusals);
  return { model, forwarded: withoutNulls(fields) };
}

function requireRoomToAnswer(thinking: MessagesFields['thinking'], maxTokens: number): void {
  if (thinking?.type !== 'enabled' || thinking.budget_tokens < maxTokens) return;
  throw new DomainError(
    'INVALID_REQUEST',
    "Invalid 'thinking.budget_tokens': it must be less than 'max_tokens'.",
    { param: 'thinking.budget_tokens', code: 'invalid_value' },
  );
}

/**
 * The body to send to an upstream.
 * @throws DomainError INSUFFICIENT_FUNDS if what is affordable leaves no room for the thinking that was asked for.
 */
export function upstreamBodyOf(
  { input, forwarded, maxTokens }: MessagesRequest,
  { model, outputLimit }: Pick<UpstreamTerms, 'model' | 'outputLimit'>,
): string {
  return JSON.stringify({
    model,
    ...forwarded,
    ...thinkingWithin(input.thinking, maxTokens, outputLimit),
    max_tokens: outputLimit,
    // The upstream's default would take priority capacity where our account has any.
    service_tier: 'standard_only',
  });
}

/** A limit that was clamped may be less than the budget, which an upstream refuses, unless it is one of several calls. */
function thinkingWithin(
  thinking: MessagesFields['thinking'],
  maxTokens: number,
  outputLimit: number,
) {
  if (thinking?.type !== 'enabled' || thinking.budget_tokens < outputLimit) return {};
  if (thinking.budget_tokens >= maxTokens) return {};
  if (outputLimit <= leastThinkingBudget) {
    throw new DomainError(
      'INSUFFICIENT_FUNDS',
      `${outputLimit} tokens of output are affordable; thinking takes more than ${leastThinkingBudget}.`,
    );
  }
  return { thinking: { ...thinking, budget_tokens: outputLimit - 1 } };
}
