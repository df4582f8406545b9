// What operators do to channels (DESIGN 2.2): make, change, delete. An enabled channel may not cost more than the
// deepest discount brings in; its key is never told again, nor sent anywhere but where it was given for.
import { DomainError } from '../../domain/errors';
import { requirePlainLine, requireReason } from '../../domain/text';
import {
  putRow,
  rowKey,
  type Command,
  type Decision,
  type RowWrite,
  type View,
} from '../../ledger/command';
import { auditAct } from '../identity/audit-log';
import { planOffers, readOffers, toOffer, type Offer } from './channel-offers';
import { describeChange, presentChannel, type OperatedChannel } from './channel-views';
import {
  channels,
  channelsOfName,
  modelsOfChannel,
  type Channel,
  type ChannelKind,
} from './channels';
import { catalogChanged, models } from './models';
import { requireOperator, userStates } from '../identity/user-state';
import { openVideosOfChannel } from '../videos/open-videos';

/** A key as it is kept: sealed, with what it may be recognised by. */
export interface SealedKey {
  readonly sealed: Buffer;
  readonly hint: string | null;
}

/** What an operator says of a channel. */
export interface ChannelTerms {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly baseUrl: string;
  /** null: the upstream asks for none. */
  readonly key: SealedKey | null;
  readonly offers: readonly Offer[];
  /** The highest comes first. */
  readonly priority: number;
  /** Share of the calls among channels of the same priority. */
  readonly weight: number;
  readonly enabled: boolean;
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxCallMs: number;
}

/** What is named is changed. */
export type ChannelChanges = {
  readonly [Name in keyof ChannelTerms]?: ChannelTerms[Name] | undefined;
};

export interface ActOnChannel {
  readonly channelId: string;
  /** null: the set-up itself. */
  readonly operatorId: string | null;
  readonly reason: string | null;
  readonly requestId: string;
}

const maxNameLength = 100;

function keysOf({ channelId, operatorId }: ActOnChannel, { name, offers = [] }: ChannelChanges) {
  return {
    rows: [
      rowKey(channels, channelId),
      rowKey(modelsOfChannel, channelId),
      ...(operatorId === null ? [] : [rowKey(userStates, operatorId)]),
      ...(name === undefined ? [] : [rowKey(channelsOfName, name)]),
      ...offers.map(({ modelId }) => rowKey(models, modelId)),
    ],
  };
}

function requireAct(view: View, { operatorId, reason }: ActOnChannel): void {
  if (operatorId !== null) requireOperator(view, operatorId);
  if (reason !== null) requireReason(reason);
}

function requireChannel(view: View, channelId: string): Channel {
  const channel = view.row(channels, channelId);
  if (!channel || channel.deletedAt !== null) {
    throw new DomainError('CHANNEL_NOT_FOUND', 'There is no such channel.');
  }
  return channel;
}

/** Gives a channel its name and takes back the one it had; a deleted one has none. */
function planName(view: View, before: Channel | null, after: Channel): RowWrite[] {
  const oldName = before?.name;
  const newName = after.deletedAt === null ? after.name : undefined;
  if (newName === oldName) return [];
  const writes: RowWrite[] = [];
  if (oldName !== undefined) writes.push(putRow(channelsOfName, { key: oldName, ids: [] }));
  if (newName !== undefined) {
    requirePlainLine(newName, 'name', maxNameLength);
    if ((view.row(channelsOfName, newName)?.ids ?? []).length > 0) {
      throw new DomainError('CHANNEL_NAME_TAKEN', 'Another channel has this name.');
    }
    writes.push(putRow(channelsOfName, { key: newName, ids: [after.id] }));
  }
  return writes;
}

/** Plans a channel as it will be, with all that goes with it. */
export function writeChannel(
  view: View,
  act: ActOnChannel,
  action: string,
  before: Channel | null,
  after: Channel,
  offers: readonly Offer[] | undefined,
): Decision<OperatedChannel> {
  const offersBefore = readOffers(view, after.id);
  const planned = planOffers(view, after, offers ?? offersBefore.map(toOffer));
  const logged = auditAct(view.at, {
    operatorId: act.operatorId,
    action,
    subjectKind: 'channel',
    subjectId: after.id,
    reason: act.reason,
    details: describeChange(before && { channel: before, offers: offersBefore }, {
      channel: after,
      offers: planned.offers,
    }),
    requestId: act.requestId,
  });
  return {
    rows: [putRow(channels, after), ...planName(view, before, after), ...planned.rows, logged],
    feed: [catalogChanged],
    result: presentChannel(after, planned.offers),
  };
}

/** Refuses FORBIDDEN, USER_FROZEN, INVALID_REQUEST, CHANNEL_NAME_TAKEN, MODEL_NOT_FOUND, PRICE_BELOW_COST. */
export const createChannel: Command<ActOnChannel & { terms: ChannelTerms }, OperatedChannel> = {
  kind: 'create_channel',
  keys: (input) => keysOf(input, input.terms),
  decide(view, input) {
    requireAct(view, input);
    const { key, offers, ...settings } = input.terms;
    const channel: Channel = {
      ...settings,
      id: input.channelId,
      keyEnv: null,
      keySealed: key?.sealed ?? null,
      keyHint: key?.hint ?? null,
      createdAt: view.at,
      deletedAt: null,
    };
    return writeChannel(view, input, 'channel.create', null, channel, offers);
  },
};

/** Refuses what `createChannel` does, and CHANNEL_NOT_FOUND. */
export const changeChannel: Command<ActOnChannel & { changes: ChannelChanges }, OperatedChannel> = {
  kind: 'change_channel',
  keys: (input) => keysOf(input, input.changes),
  decide(view, input) {
    requireAct(view, input);
    const before = requireChannel(view, input.channelId);
    const { key, offers, ...settings } = input.changes;
    requireKeyStaysHome(before, input.changes);
    const named = Object.entries(settings).filter(([, value]) => value !== undefined);
    const after: Channel = {
      ...before,
      ...(Object.fromEntries(named) as Partial<Channel>),
      ...(key === undefined
        ? {}
        : { keyEnv: null, keySealed: key?.sealed ?? null, keyHint: key?.hint ?? null }),
    };
    return writeChannel(view, input, 'channel.change', before, after, offers);
  },
};

/** Whoever may change a channel could else have its key sent to a server of their own. */
function requireKeyStaysHome(before: Channel, { baseUrl, key }: ChannelChanges): void {
  const hasKey = before.keyEnv !== null || before.keySealed !== null;
  if (!hasKey || key !== undefined || baseUrl === undefined) return;
  if (new URL(baseUrl).origin !== new URL(before.baseUrl).origin) {
    throw new DomainError(
      'INVALID_REQUEST',
      'The key was given for another server: name apiKey again (or null) to change baseUrl.',
    );
  }
}

/** Refuses FORBIDDEN, USER_FROZEN, CHANNEL_NOT_FOUND, STATE_CONFLICT. Calls under way are settled still. */
export const deleteChannel: Command<ActOnChannel, OperatedChannel> = {
  kind: 'delete_channel',
  keys(input) {
    const { rows = [], ...keys } = keysOf(input, {});
    return { ...keys, rows: [...rows, rowKey(openVideosOfChannel, input.channelId)] };
  },
  decide(view, input) {
    requireAct(view, input);
    const before = requireChannel(view, input.channelId);
    const open = view.row(openVideosOfChannel, input.channelId)?.count ?? 0;
    if (open > 0) {
      throw new DomainError(
        'STATE_CONFLICT',
        `It is still making videos (${open}): disable it, and delete it when they have ended.`,
      );
    }
    const after: Channel = {
      ...before,
      enabled: false,
      keyEnv: null,
      keySealed: null,
      keyHint: null,
      deletedAt: view.at,
    };
    return writeChannel(view, input, 'channel.delete', before, after, []);
  },
};
