// How every simulation begins: users are given Credits and spend some of them on calls, so that there are LCO to trade
// from the first order on, and markets to bet on. LCO come from nowhere else.
import { nameOf, stakers, steadyOperators, unknownId, users } from '../cast';
import * as calls from '../model/calls';
import * as catalog from '../model/catalog';
import * as deposits from '../model/deposits';
import { askReserve, askSettle } from './calls';
import { decide } from './prediction-acts';
import { propose } from './predictions';
import { toTerms } from './prices';
import { keyedRequest, type Draw, type KeyedAct, type Request } from './request';

const operatorId = steadyOperators[0] ?? '';
const reason = 'Opening';
const modelId = 'opening';
/** Below what two operators are needed for. */
const amount = 9_000n * 10n ** 8n;
/** 0.04 Credits a token. */
const price = 4n * 10n ** 12n;
const version = {
  list: { input: price, output: price },
  cost: { input: price / 2n, output: price / 2n },
  maxInput: 1_000_000,
  maxOutput: 100_000,
  factorBps: 10_000n,
};
/** 4,000 Credits, which mine 40,000 LCO in the first epoch; who stakes gets twice as many. */
const tokensOf = (userId: string) => (stakers.includes(userId) ? 200_000 : 100_000);

function deposit(draw: Draw, userId: string): Request {
  const ref = `opening-${userId}`;
  const text = `${nameOf(userId)} is given ${amount}`;
  const account = null;
  const bind = (): KeyedAct => ({
    async send({ services }, caller) {
      const request = { userId, account, amount, externalRef: ref, reason };
      const { deposit, replayed } = await services.deposits.record(caller, request);
      return { told: deposit.status, replayed };
    },
    decide: (state) =>
      deposits.recordDeposit(state, { operatorId, userId, account, amount, ref, reason }),
  });
  return keyedRequest(draw, operatorId, text, bind, ref);
}

function publish(draw: Draw): Request {
  const access = 'open';
  const bind = (): KeyedAct => ({
    async send({ services }, caller) {
      const terms = toTerms(modelId, access, version);
      const { model, replayed } = await services.priceList.publish(caller, terms, reason);
      return { told: `${model.priceVersion}, channels: ${model.enabledChannels}`, replayed };
    },
    decide: (state) =>
      catalog.publishPrice(state, { ...version, operatorId, reason, modelId, access }),
  });
  return keyedRequest(draw, operatorId, `${modelId} is sold`, bind, 'opening');
}

function reserve(id: string, userId: string): Request {
  const textTokens = tokensOf(userId);
  const request = { id, userId, key: null, modelId, textTokens, choices: 1, asked: 16 };
  return {
    text: `${nameOf(userId)} calls ${modelId}: ${id}`,
    isRepeatable: false,
    bind: () => ({
      send: (process) => askReserve(process, { ...request, keyId: null }),
      expect: (state, processId) => calls.reserveCall(state, { ...request, processId }),
    }),
  };
}

function settle(id: string, userId: string): Request {
  const usage = { input: tokensOf(userId), output: 0 };
  return {
    text: `call ${id} is settled`,
    isRepeatable: false,
    bind: () => ({
      send: (process) =>
        askSettle(process, {
          id,
          userId,
          keyId: null,
          modelId,
          channelId: unknownId,
          usage,
          cached: 0,
        }),
      expect: (state) => calls.settleCall(state, { id, channel: 'nobody knows', usage }),
    }),
  };
}

/** One batch after the other. */
export function drawOpening(draw: Draw): readonly (readonly Request[])[] {
  const miners = [...users, ...stakers];
  const ids = miners.map((userId) => [draw.random.id(), userId] as const);
  return [
    [publish(draw), ...miners.map((userId) => deposit(draw, userId))],
    ids.map(([id, userId]) => reserve(id, userId)),
    ids.map(([id, userId]) => settle(id, userId)),
    [propose(draw), propose(draw)],
    [decide(draw), decide(draw), decide(draw)],
  ];
}
