// What clients of the stream may say (docs/formats/stream.md), and the codes that connections are closed with.
import { z } from 'zod';
import { intervals, type Interval } from '../../domain/exchange/candle';
import { DomainError } from '../../domain/errors';

export function klineChannel(interval: Interval): `klines:${Interval}` {
  return `klines:${interval}`;
}

const channels = [
  'book',
  'trades',
  'ticker',
  'mark',
  'user',
  ...intervals.map(klineChannel),
] as const;
export type Channel = (typeof channels)[number];
export type PublicChannel = Exclude<Channel, 'user'>;

export const maxMessageBytes = 4_096;

/** Those from 4000 on are ours. */
export const closeCodes = {
  goingAway: 1001,
  binary: 1003,
  tooManyMessages: 1008,
  internal: 1011,
  tooSlow: 4008,
} as const;

/** A client may mark a message, and finds the mark in the answer. */
const id = z.union([z.string().max(64), z.int()]).optional();
const channelList = z.array(z.enum(channels)).min(1).max(channels.length);

const clientMessage = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('subscribe'), channels: channelList, id }),
  z.strictObject({ op: z.literal('unsubscribe'), channels: channelList, id }),
  z.strictObject({ op: z.literal('resync'), channel: z.literal('book'), id }),
  z.strictObject({ op: z.literal('auth'), key: z.string().min(1).max(200), id }),
  z.strictObject({ op: z.literal('ping'), id }),
]);
export type ClientMessage = z.output<typeof clientMessage>;
export type MessageId = ClientMessage['id'];

function invalid(message: string): DomainError {
  return new DomainError('INVALID_REQUEST', message);
}

/** @throws DomainError INVALID_REQUEST for what is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('A message is a JSON object.');
  }
}

/** The mark of a message, whatever else is wrong with it. */
export function idOf(json: unknown): MessageId {
  if (typeof json !== 'object' || json === null || !('id' in json)) return undefined;
  const parsed = id.safeParse(json.id);
  return parsed.success ? parsed.data : undefined;
}

/** @throws DomainError INVALID_REQUEST naming what is wrong */
export function readMessage(json: unknown): ClientMessage {
  const parsed = clientMessage.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String).join('.') ?? '';
  throw invalid(path === '' ? 'A message is a JSON object.' : `${path}: ${issue?.message}`);
}
