// Calls of the relay: reserved, settled, released, and swept when their process has died.
import { releaseCall as release, sweepReservations } from '../../../services/calls/relay-release';
import { reserveCall as reserve } from '../../../services/calls/relay-reservation';
import { settleCall as settle } from '../../../services/calls/relay-settlement';
import { defaultWindows } from '../../../config/windows';
import { hintAt } from '../../../services/wars/scoring';
import { nameOf, unknownId } from '../cast';
import * as model from '../model/calls';
import { channelIdOf } from './channels';
import { drawKeyOf, keyIdOf } from './keys';
import {
  pickKnown,
  pickRecent,
  pickUser,
  type AskedCall,
  type Draw,
  type Request,
} from './request';
import type { SimulatedProcess } from '../processes';

export interface AskReserve extends Omit<model.ReserveCall, 'key' | 'processId'> {
  readonly keyId: string | null;
}

export async function askReserve(process: SimulatedProcess, call: AskReserve): Promise<string> {
  const { id, userId, keyId, modelId, textTokens, choices, asked } = call;
  const input = {
    callId: id,
    userId,
    keyId,
    processId: process.id,
    endpoint: 'chat/completions',
    modelId,
    priceVersionHint: `${modelId}@1`,
    textTokens,
    images: 0,
    choices,
    askedOutput: asked === null ? null : { tokens: asked, field: 'max_tokens' },
  };
  const { result } = await process.committer.submit(reserve, input, { actor: userId });
  const { reserved, outputLimit, clamped } = result;
  return `${reserved} for ${outputLimit}${clamped ? ' clamped' : ''}`;
}

/** A request for a call is never repeated: who does not hear of it asks for another call. */
export function reserveCall(draw: Draw): Request {
  const { random, memory } = draw;
  const id = random.id();
  const userId = random.chance(0.02) ? unknownId : pickUser(draw);
  const key = drawKeyOf(draw, userId);
  const modelId = pickKnown(draw, memory.models, 'no-such-model', 0.02);
  const textTokens = Number(random.magnitude(1, 5));
  const choices = random.pick([1, 1, 1, 3]);
  const asked = random.chance(0.3) ? null : Number(random.magnitude(1, 5));
  const output = choices * (asked ?? 8_192);
  memory.calls.push({ id, userId, key, modelId, textTokens, output, isEnded: false });
  return {
    text: `${nameOf(userId)} calls ${modelId} with ${textTokens} for ${choices} x ${asked} by ${key ?? 'a session'}: ${id}`,
    isRepeatable: false,
    renew: reserveCall,
    bind(before) {
      const isKeyKnown = key !== null && before.keys.has(key);
      return {
        send(process) {
          const keyId = key === null ? null : keyIdOf(process, key, isKeyKnown);
          return askReserve(process, { id, userId, keyId, modelId, textTokens, choices, asked });
        },
        expect(state, processId) {
          const asKnown = key !== null && !isKeyKnown ? 'nobody knows' : key;
          const request = { id, userId, key: asKnown, processId, modelId };
          return model.reserveCall(state, { ...request, textTokens, choices, asked });
        },
      };
    },
  };
}

const noCall: AskedCall = {
  id: unknownId,
  userId: unknownId,
  key: null,
  modelId: 'no-such-model',
  textTokens: 1,
  output: 1,
  isEnded: true,
};

/** One that may be live, most of the time. */
function drawCall({ random, memory }: Draw): AskedCall {
  const open = memory.calls.filter(({ isEnded }) => !isEnded).slice(-12);
  if (open.length > 0 && random.chance(0.85)) return random.pick(open);
  return memory.calls.length > 0 && random.chance(0.9) ? random.pick(memory.calls) : noCall;
}

function drawUsage({ random }: Draw, { textTokens, output }: AskedCall) {
  if (random.chance(0.05)) return null;
  const most = random.chance(0.1) ? 10 : 1;
  return {
    input: random.between(0, textTokens * most),
    output: random.between(0, random.chance(0.5) ? Math.min(output, 1_000) : output * most),
  };
}

export interface AskSettle {
  readonly id: string;
  readonly userId: string;
  readonly keyId: string | null;
  readonly modelId: string;
  readonly channelId: string;
  readonly usage: model.SettleCall['usage'];
  /** Of the input. */
  readonly cached: number;
}

export async function askSettle(
  { committer, world }: SimulatedProcess,
  { id, userId, keyId, modelId, channelId, usage, cached }: AskSettle,
): Promise<string> {
  const input = {
    callId: id,
    userId,
    keyId,
    modelId,
    priceVersionId: `${modelId}@1`,
    wars: hintAt(world.state.now, defaultWindows),
    channelId,
    usage: {
      input: (usage?.input ?? 0) - cached,
      cachedInput: cached,
      cacheWrite: 0,
      output: usage?.output ?? 0,
    },
    tokenSource: usage ? ('upstream' as const) : ('reservation' as const),
    ending: 'completed' as const,
    latencyMs: 1,
    ttftMs: 1,
  };
  const { result } = await committer.submit(settle, input, { actor: userId });
  return `charged ${result.charge}, mined ${result.mined}, excess ${result.excess}`;
}

export function settleCall(draw: Draw): Request {
  const { random, memory } = draw;
  const call = drawCall(draw);
  const { id, userId, key, modelId } = call;
  call.isEnded = true;
  const usage = drawUsage(draw, call);
  const cached = Math.floor(((usage?.input ?? 0) * random.between(0, 10)) / 10);
  const channel = pickRecent(draw, memory.channels, 'no such channel');
  const used = usage
    ? `${usage.input} (${cached} cached) and ${usage.output}`
    : 'nobody knows what';
  return {
    text: `call ${id} is settled: ${used} by ${channel}`,
    isRepeatable: true,
    bind(before) {
      const isChannelKnown = before.channels.has(channel);
      const isKeyKnown = key !== null && before.keys.has(key);
      return {
        send(process) {
          const keyId = key !== null && isKeyKnown ? process.world.idOf(key) : null;
          const channelId = channelIdOf(process, channel, isChannelKnown);
          return askSettle(process, { id, userId, keyId, modelId, channelId, usage, cached });
        },
        expect(state) {
          const asKnown = isChannelKnown ? channel : 'nobody knows';
          return model.settleCall(state, { id, channel: asKnown, usage });
        },
      };
    },
  };
}

export function releaseCall(draw: Draw): Request {
  const call = drawCall(draw);
  const { id, userId, key } = call;
  call.isEnded = true;
  return {
    text: `call ${id} is released`,
    isRepeatable: true,
    bind(before) {
      const isKeyKnown = key !== null && before.keys.has(key);
      return {
        async send(process) {
          const keyId = key !== null && isKeyKnown ? process.world.idOf(key) : null;
          const input = { callId: id, userId, keyId, ending: 'upstream_failed' };
          const { result } = await process.committer.submit(release, input, { actor: userId });
          return `released ${result.released}`;
        },
        expect: (state) => model.releaseCall(state, id),
      };
    },
  };
}

/** Alone in its step: it asks the database whose calls to sweep before it goes to the committer. */
export function sweepCalls({ memory }: Draw): Request {
  memory.isSweepDue = false;
  return {
    text: 'the sweep runs',
    isRepeatable: false,
    bind: () => ({
      send: async ({ world, committer }) => `swept ${await sweepReservations(world.db, committer)}`,
      expect: (state) => model.sweep(state),
    }),
  };
}
