// Channels, the relay's upstreams, for operators. A key goes in and never comes out.
import { z } from 'zod';
import type { ChannelChangeRequest, ChannelRequest } from '../../services/catalog/channel-admin';
import type { OperatedChannel } from '../../services/catalog/channel-views';
import { channelKinds, defaultChannelTerms as defaults } from '../../services/catalog/channels';
import type { Context, Services } from '../context';
import { route, type Route } from '../route';
import { idParams, pageOf, pageQuery, presentPage, reason, timeAnswer } from '../schemas';
import { pricesAnswer, pricesBody } from '../prices';
import { modelId } from './models';
import { healthAnswer, presentHealth } from './channel-health';

const offer = z.strictObject({
  id: modelId,
  upstreamId: z
    .string()
    .min(1)
    .max(200)
    .nullish()
    .meta({ description: 'What the upstream calls the model; absent: the same.' }),
  cost: pricesBody.nullish().meta({ description: 'Absent: the cost of the price version.' }),
});

const maxDelayMs = 3_600_000;
const delayMs = z.int().min(1).max(maxDelayMs);

const settings = {
  name: z.string().trim().min(1).max(100),
  kind: z.enum(channelKinds),
  baseUrl: z.string().min(1).max(500).meta({ example: 'https://api.openai.com/v1' }),
  apiKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,500}$/, 'must be printable ASCII without blanks')
    .nullable()
    .meta({ description: 'Write-only; null: the upstream asks for none.' }),
  models: z.array(offer).max(500),
  priority: z.int().min(-1000).max(1000).meta({ description: 'The highest comes first.' }),
  weight: z
    .int()
    .min(1)
    .max(10_000)
    .meta({ description: 'Share of the calls among channels of the same priority.' }),
  enabled: z.boolean(),
};

/** Of `timeouts`. */
const aboutTimeouts = {
  description:
    'Milliseconds: to connect, to the first byte of the answer, between two bytes, and of the whole call. A call in one ' +
    'piece to a model that hides output waits for the first byte as long as a call may take, for all is thought by then.',
};

const channelBody = z.object({
  ...settings,
  apiKey: settings.apiKey.default(null),
  priority: settings.priority.default(defaults.priority),
  weight: settings.weight.default(defaults.weight),
  enabled: settings.enabled.default(true),
  timeouts: z
    .strictObject({
      connectMs: delayMs.default(defaults.connectTimeoutMs),
      firstByteMs: delayMs.default(defaults.firstByteTimeoutMs),
      idleMs: delayMs.default(defaults.idleTimeoutMs),
      maxCallMs: delayMs.default(defaults.maxCallMs),
    })
    .prefault({})
    .meta(aboutTimeouts),
  reason,
});

const changesBody = z
  .object({
    ...settings,
    timeouts: z
      .strictObject({
        connectMs: delayMs,
        firstByteMs: delayMs,
        idleMs: delayMs,
        maxCallMs: delayMs,
      })
      .partial()
      .meta(aboutTimeouts),
  })
  .partial()
  .extend({ reason });

const channelAnswer = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(channelKinds),
    baseUrl: z.string(),
    apiKeyFrom: z
      .enum(['operator', 'environment'])
      .nullable()
      .meta({ description: 'null: there is none.' }),
    apiKeyHint: z.string().nullable().meta({ description: 'Its last characters.' }),
    models: z.array(
      z.object({
        id: modelId,
        upstreamId: z.string(),
        cost: pricesAnswer.nullable().meta({ description: 'null: that of the price version.' }),
      }),
    ),
    priority: z.int(),
    weight: z.int(),
    enabled: z.boolean(),
    timeouts: z.object({
      connectMs: z.int(),
      firstByteMs: z.int(),
      idleMs: z.int(),
      maxCallMs: z.int(),
    }),
    createdAt: timeAnswer,
  })
  .meta({ id: 'Channel' });

const watchedAnswer = channelAnswer
  .extend({
    health: healthAnswer
      .nullable()
      .meta({ description: 'null: not served by this process, as when it is disabled.' }),
  })
  .meta({ id: 'WatchedChannel' });

function presentChannel({ models, ...channel }: OperatedChannel): z.input<typeof channelAnswer> {
  return { ...channel, models: [...models] };
}

function toOffers(models: readonly z.output<typeof offer>[]): ChannelRequest['offers'] {
  return models.map(({ id, upstreamId, cost }) => ({
    modelId: id,
    upstreamId: upstreamId ?? id,
    cost: cost ?? null,
  }));
}

function toRequest(body: z.output<typeof channelBody>): ChannelRequest {
  const { models, timeouts, reason: _, ...rest } = body;
  return {
    ...rest,
    offers: toOffers(models),
    connectTimeoutMs: timeouts.connectMs,
    firstByteTimeoutMs: timeouts.firstByteMs,
    idleTimeoutMs: timeouts.idleMs,
    maxCallMs: timeouts.maxCallMs,
  };
}

function toChanges(body: z.output<typeof changesBody>): ChannelChangeRequest {
  const { models, timeouts = {}, reason: _, ...rest } = body;
  return {
    ...rest,
    offers: models && toOffers(models),
    connectTimeoutMs: timeouts.connectMs,
    firstByteTimeoutMs: timeouts.firstByteMs,
    idleTimeoutMs: timeouts.idleMs,
    maxCallMs: timeouts.maxCallMs,
  };
}

const common = { access: 'operator', tag: 'Operators' } as const;
const refusal =
  'Refused while enabled unless 70% of the list price of each of its models covers its cost.';
const watch =
  '`health` is what the process that answers has found itself, since it started or the channel was changed; another ' +
  'process may have found otherwise.';

export function createChannelRoutes({
  breakers,
  channels,
}: Pick<Services, 'channels'> & Pick<Context, 'breakers'>): Route[] {
  const presentWatched = (channel: OperatedChannel): z.input<typeof watchedAnswer> => {
    const health = breakers.healthOf(channel.id);
    return { ...presentChannel(channel), health: health && presentHealth(health) };
  };
  return [
    route({
      ...common,
      method: 'get',
      path: '/admin/channels',
      summary: 'Channels, newest first, with their health',
      description: watch,
      query: pageQuery,
      answer: pageOf(watchedAnswer),
      async handle({ query }) {
        return { body: presentPage(await channels.list(query), presentWatched) };
      },
    }),
    route({
      ...common,
      method: 'post',
      path: '/admin/channels',
      summary: 'Make a channel',
      description: refusal,
      idempotency: 'optional',
      status: 201,
      body: channelBody,
      answer: channelAnswer,
      async handle({ body, caller }) {
        const request = toRequest(body);
        const { channel, replayed } = await channels.create(caller, request, body.reason);
        return { body: presentChannel(channel), replayed };
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/admin/channels/:id',
      summary: 'A channel, with its health',
      description: watch,
      params: idParams,
      answer: watchedAnswer,
      async handle({ params }) {
        return { body: presentWatched(await channels.find(params.id)) };
      },
    }),
    route({
      ...common,
      method: 'patch',
      path: '/admin/channels/:id',
      summary: 'Change what is named of a channel; `models` replaces the whole list',
      description: `${refusal} Another server (baseUrl) takes the key again.`,
      idempotency: 'optional',
      params: idParams,
      body: changesBody,
      answer: channelAnswer,
      async handle({ params, body, caller }) {
        const changes = toChanges(body);
        const { channel, replayed } = await channels.change(
          caller,
          params.id,
          changes,
          body.reason,
        );
        return { body: presentChannel(channel), replayed };
      },
    }),
    route({
      ...common,
      method: 'delete',
      path: '/admin/channels/:id',
      summary: 'Delete a channel; calls under way are settled still',
      params: idParams,
      body: z.object({ reason }),
      status: 204,
      async handle({ params, body, caller }) {
        await channels.remove(caller, params.id, body.reason);
        return {};
      },
    }),
  ];
}
