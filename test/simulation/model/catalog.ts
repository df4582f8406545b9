// The model of prices and channels: no level buys below cost (DESIGN 2.2).
import { requireOperator } from './people';
import {
  note,
  Refusal,
  requireLine,
  type Channel,
  type Model,
  type Offer,
  type Prices,
  type State,
  type Version,
} from './state';

/** 70% of the list price, what the deepest discount leaves, covers the cost. */
function requireCovers(list: Prices, cost: Prices): void {
  if (list.input * 7n < cost.input * 10n || list.output * 7n < cost.output * 10n) {
    throw new Refusal('PRICE_BELOW_COST');
  }
}

/** null: the set-up itself. */
function requireAct(state: State, operatorId: string | null, reason: string | null): void {
  if (operatorId !== null) requireOperator(state, operatorId);
  if (reason !== null) requireLine(reason);
}

function offerKey(handle: string, modelId: string): string {
  return `${handle} ${modelId}`;
}

/** What a channel offers now. */
function offersOf(state: State, handle: string): (readonly [modelId: string, offer: Offer])[] {
  return [...state.offers]
    .filter(([key, offer]) => key.startsWith(`${handle} `) && !offer.removed)
    .map(([key, offer]) => [key.slice(handle.length + 1), offer]);
}

function currentVersion({ versions }: Model): Version {
  const version = versions.at(-1);
  if (!version) throw new Error('a model of the model has a price');
  return version;
}

/** What the upstream of a channel costs, of whatever it ever offered. */
export function costOf(state: State, handle: string, modelId: string, version: Version): Prices {
  return state.offers.get(offerKey(handle, modelId))?.cost ?? version.cost;
}

export interface Publish extends Version {
  readonly operatorId: string | null;
  readonly reason: string | null;
  readonly modelId: string;
  readonly access: Model['access'];
}

export function publishPrice(state: State, request: Publish): string {
  const { operatorId, reason, modelId, access, ...version } = request;
  requireAct(state, operatorId, reason);
  requireCovers(version.list, version.cost);
  const serving = [...state.channels].filter(([, channel]) => channel.enabled);
  const offers = serving.flatMap(([handle]) =>
    offersOf(state, handle).filter(([offered]) => offered === modelId),
  );
  for (const [, { cost }] of offers) if (cost) requireCovers(version.list, cost);
  const known = state.models.get(modelId);
  const versions = [...(known?.versions ?? []), version];
  state.models.set(modelId, { versions, access, flagged: false });
  note(state, 'model.price');
  return `${modelId}@${versions.length}, channels: ${offers.length}`;
}

export interface AskedOffer {
  readonly modelId: string;
  readonly cost: Prices | null;
}

function requireOfferable(state: State, channel: Channel, { modelId, cost }: AskedOffer): void {
  const model = state.models.get(modelId);
  if (!model) throw new Refusal('MODEL_NOT_FOUND');
  if (channel.enabled && cost) requireCovers(currentVersion(model).list, cost);
}

function requireFreeName(state: State, handle: string, { name, deleted }: Channel): void {
  if (deleted || state.channels.get(handle)?.name === name) return;
  requireLine(name);
  const isTaken = [...state.channels.values()].some(
    (other) => !other.deleted && other.name === name,
  );
  if (isTaken) throw new Refusal('CHANNEL_NAME_TAKEN');
}

function putChannel(
  state: State,
  handle: string,
  channel: Channel,
  offers: readonly AskedOffer[] | undefined,
): string {
  const before = offersOf(state, handle);
  const after = offers ?? before.map(([modelId, { cost }]) => ({ modelId, cost }));
  const names = new Set(after.map(({ modelId }) => modelId));
  if (names.size < after.length) throw new Refusal('INVALID_REQUEST');
  for (const offer of after) requireOfferable(state, channel, offer);
  requireFreeName(state, handle, channel);
  state.channels.set(handle, channel);
  for (const [modelId, offer] of before) if (!names.has(modelId)) offer.removed = true;
  for (const { modelId, cost } of after) {
    state.offers.set(offerKey(handle, modelId), { cost, removed: false });
  }
  return [channel.name, channel.enabled ? 'on' : 'off', ...[...names].sort()].join(' ');
}

interface ActOnChannel {
  readonly handle: string;
  readonly operatorId: string;
  readonly reason: string | null;
}

export interface ChannelTerms {
  readonly name: string;
  readonly enabled: boolean;
  readonly hasKey: boolean;
  readonly origin: string;
  readonly offers: readonly AskedOffer[];
}

export function createChannel(
  state: State,
  { terms, ...act }: ActOnChannel & { terms: ChannelTerms },
) {
  requireAct(state, act.operatorId, act.reason);
  const { offers, ...settings } = terms;
  const told = putChannel(state, act.handle, { ...settings, deleted: false }, offers);
  note(state, 'channel.create');
  return told;
}

function requireChannel(state: State, handle: string): Channel {
  const channel = state.channels.get(handle);
  if (!channel || channel.deleted) throw new Refusal('CHANNEL_NOT_FOUND');
  return channel;
}

export type ChannelChanges = Partial<Omit<ChannelTerms, 'hasKey'>>;

export function changeChannel(
  state: State,
  { changes, ...act }: ActOnChannel & { changes: ChannelChanges },
): string {
  requireAct(state, act.operatorId, act.reason);
  const before = requireChannel(state, act.handle);
  const { offers, ...settings } = changes;
  // A key is sent nowhere but where it was given for.
  const moves = changes.origin !== undefined && changes.origin !== before.origin;
  if (before.hasKey && moves) throw new Refusal('INVALID_REQUEST');
  const told = putChannel(state, act.handle, { ...before, ...settings }, offers);
  note(state, 'channel.change');
  return told;
}

export function deleteChannel(state: State, act: ActOnChannel): string {
  requireAct(state, act.operatorId, act.reason);
  const before = requireChannel(state, act.handle);
  putChannel(state, act.handle, { ...before, enabled: false, deleted: true, hasKey: false }, []);
  note(state, 'channel.delete');
  return 'deleted';
}

export interface Seed {
  readonly models: readonly Omit<Publish, 'operatorId' | 'reason'>[];
  readonly handle: string;
  readonly origin: string;
  /** The set-up's channel of an earlier start. */
  readonly replaces: string;
}

/** What the set-up does at every start: what is there already stays, but its own channel takes over. */
export function seedCatalogue(state: State, { models, handle, origin, replaces }: Seed): string {
  for (const model of models) {
    if (!state.models.has(model.modelId))
      publishPrice(state, { ...model, operatorId: null, reason: null });
  }
  seedChannel(state, { models, handle, origin, replaces });
  const replaced = state.channels.get(replaces);
  if (replaced?.enabled) {
    putChannel(state, replaces, { ...replaced, enabled: false }, undefined);
    note(state, 'channel.change');
  }
  return 'seeded';
}

function seedChannel(state: State, { models, handle, origin, replaces }: Seed): void {
  const known = state.channels.get(handle);
  if (!known) {
    const fresh = { name: handle, enabled: true, deleted: false, hasKey: false, origin };
    const offers = models.map(({ modelId }) => ({ modelId, cost: null }));
    putChannel(state, handle, fresh, offers);
    note(state, 'channel.create');
    return;
  }
  const enabled = known.enabled || (state.channels.get(replaces)?.enabled ?? false);
  if (known.deleted || (known.origin === origin && known.enabled === enabled)) return;
  putChannel(state, handle, { ...known, origin, enabled }, undefined);
  note(state, 'channel.change');
}
