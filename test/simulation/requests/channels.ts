// Channels, by operators: made, changed, deleted.
import { defaultChannelTerms } from '../../../services/catalog/channels';
import type { OperatedChannel } from '../../../services/catalog/channel-views';
import { nameOf, operators, steadyOperators, unknownId, users } from '../cast';
import * as model from '../model/catalog';
import type { SimulatedProcess } from '../processes';
import { drawCost, drawPrices, modelIds, toTokenPrices } from './prices';
import { drawReason, keyedRequest, pickRecent, type Draw, type Request } from './request';

const names = ['north', 'east', 'south', 'west', ' blank'];
const origins = ['https://one.example.com', 'https://two.example.com'];

function drawOffers(draw: Draw): model.AskedOffer[] {
  const { random } = draw;
  const count = random.between(0, 2);
  return Array.from({ length: count }, () => ({
    modelId: random.chance(0.03) ? 'no-such-model' : random.pick(modelIds),
    cost: random.chance(0.5) ? null : drawCost(draw, drawPrices(draw)),
  }));
}

function drawTerms(draw: Draw): model.ChannelTerms {
  const { random } = draw;
  return {
    name: random.pick(names),
    enabled: random.chance(0.8),
    hasKey: random.chance(0.5),
    origin: random.pick(origins),
    offers: drawOffers(draw),
  };
}

function toOffers(offers: readonly model.AskedOffer[]) {
  return offers.map(({ modelId, cost }) => ({
    modelId,
    upstreamId: modelId,
    cost: cost && toTokenPrices(cost),
  }));
}

function termsText(terms: model.ChannelChanges): string {
  return JSON.stringify(terms, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

function tell({ name, enabled, models }: OperatedChannel): string {
  return [name, enabled ? 'on' : 'off', ...models.map(({ id }) => id)].join(' ');
}

export function createChannel(draw: Draw): Request {
  const operatorId = draw.random.pick([
    ...operators,
    ...steadyOperators,
    ...steadyOperators,
    ...users.slice(0, 1),
  ]);
  const terms = drawTerms(draw);
  const reason = drawReason(draw);
  const handle = `channel-${draw.memory.channels.length}`;
  draw.memory.channels.push(handle);
  const text = `${nameOf(operatorId)} makes ${handle} ${termsText(terms)}, "${reason}"`;
  return keyedRequest(draw, operatorId, text, () => ({
    async send({ services, world }, caller) {
      const { name, enabled, hasKey, origin, offers } = terms;
      const request = {
        ...defaultChannelTerms,
        name,
        enabled,
        kind: 'openai' as const,
        baseUrl: origin,
        apiKey: hasKey ? 'a key that is long enough' : null,
        offers: toOffers(offers),
      };
      const { channel, replayed } = await services.channels.create(caller, request, reason);
      world.learn(handle, channel.id);
      return { told: tell(channel), replayed };
    },
    decide: (state) => model.createChannel(state, { handle, operatorId, reason, terms }),
  }));
}

/** A channel's id, or nobody's before its client was told of it. */
export function channelIdOf({ world }: SimulatedProcess, handle: string, isKnown: boolean): string {
  return isKnown ? world.idOf(handle) : unknownId;
}

function drawChanges(draw: Draw): model.ChannelChanges {
  const { name, enabled, origin, offers } = drawTerms(draw);
  return draw.random.pick([{ name }, { enabled }, { enabled }, { origin }, { offers }]);
}

export function changeChannel(draw: Draw): Request {
  const operatorId = draw.random.pick([
    ...operators,
    ...steadyOperators,
    ...steadyOperators,
    ...users.slice(0, 1),
  ]);
  const handle = pickRecent(draw, draw.memory.channels, 'no such channel');
  const changes = drawChanges(draw);
  const reason = drawReason(draw);
  const text = `${nameOf(operatorId)} changes ${handle}: ${termsText(changes)}, "${reason}"`;
  return keyedRequest(draw, operatorId, text, (before) => {
    const isKnown = before.channels.has(handle);
    const asked = isKnown ? handle : 'nobody knows';
    return {
      async send(process, caller) {
        const { origin, offers, ...rest } = changes;
        const request = {
          ...rest,
          ...(origin === undefined ? {} : { baseUrl: origin }),
          ...(offers === undefined ? {} : { offers: toOffers(offers) }),
        };
        const id = channelIdOf(process, handle, isKnown);
        const outcome = await process.services.channels.change(caller, id, request, reason);
        return { told: tell(outcome.channel), replayed: outcome.replayed };
      },
      decide: (state) => model.changeChannel(state, { handle: asked, operatorId, reason, changes }),
    };
  });
}

export function deleteChannel(draw: Draw): Request {
  const operatorId = draw.random.pick(operators);
  const handle = pickRecent(draw, draw.memory.channels, 'no such channel');
  const text = `${nameOf(operatorId)} deletes ${handle}`;
  const request = keyedRequest(draw, operatorId, text, (before) => {
    const isKnown = before.channels.has(handle);
    return {
      async send(process, caller) {
        await process.services.channels.remove(caller, channelIdOf(process, handle, isKnown));
        return { told: 'deleted', replayed: false };
      },
      decide(state) {
        if (!isKnown)
          return model.deleteChannel(state, { handle: 'nobody knows', operatorId, reason: null });
        return model.deleteChannel(state, { handle, operatorId, reason: null });
      },
    };
  });
  return {
    ...request,
    bind(before) {
      const act = request.bind(before);
      // The answer to a deletion is empty: it does not tell a repeat.
      return { ...act, expect: (...asked) => act.expect(...asked).replace(' (replayed)', '') };
    },
  };
}
