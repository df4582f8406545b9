// How every simulation begins: users are given Credits and spend some of them on calls, so that there are LCO to trade
// from the first order on, and markets to bet on. LCO come from nowhere else.
import { maker, nameOf, stakers, steadyOperators, unknownId, users } from '../cast';
import * as calls from '../model/calls';
import * as catalog from '../model/catalog';
import * as deposits from '../model/deposits';
import * as lending from '../model/lending';
import { setParameter } from '../../../services/parameters';
import * as parameters from '../model/parameters';
import type { CapitalAccount } from '../../../domain/deposit';
import { orderIdOf } from '../../../services/exchange/orders/place-order';
import * as model from '../model/orders';
import { askReserve, askSettle } from './calls';
import { marginOf } from './lending';
import { quote } from './making';
import { ordersOf, tick, toProductTerms } from './orders';
import { decide } from './prediction-acts';
import { propose } from './predictions';
import { toTerms } from './prices';
import { callerOf, keyedRequest, type Draw, type KeyedAct, type Request } from './request';

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
/** 4,000 Credits, which mine 40,000 LCO in the first epoch; who stakes or makes the market gets twice as many. */
const tokensOf = (userId: string) => ([...stakers, maker].includes(userId) ? 200_000 : 100_000);

/** The reserve's are for losses and for what is taken over, the treasury's for seeding a pool. */
function payInCapital(draw: Draw, account: CapitalAccount, credits: bigint): Request {
  const ref = `opening-${account}`;
  const units = credits * 10n ** 8n;
  const bind = (): KeyedAct => ({
    async send({ services }, caller) {
      const request = { userId: null, account, amount: units, externalRef: ref, reason };
      const { deposit, replayed } = await services.deposits.record(caller, request);
      return { told: deposit.status, replayed };
    },
    decide(state) {
      const request = { operatorId, userId: null, account, amount: units, ref, reason };
      return deposits.recordDeposit(state, request);
    },
  });
  return keyedRequest(draw, operatorId, `${account} is given ${units}`, bind, ref);
}

/** The reserve takes over much for what it has, and the treasury pays little: suppliers lose at times. */
function becomes(name: string, value: string | number): Request {
  return {
    text: `${name} becomes ${value}`,
    isRepeatable: false,
    bind: () => ({
      async send({ committer }) {
        const input = { name, value, expectedVersion: 1, source: 'simulation', reason: null };
        const { result } = await committer.submit(setParameter, input, { actor: 'governance' });
        return `version ${result.version}`;
      },
      expect: (state) => parameters.setParameter(state, { name, value, expectedVersion: 1 }),
    }),
  };
}

/** Somebody takes a little of what the maker offers: there is no mark before the first trade. */
function buyALittle(): Request {
  const [userId = ''] = users;
  const terms = {
    side: 'buy',
    type: 'limit',
    tif: 'IOC',
    postOnly: false,
    stp: 'expire_taker',
    price: 1_010_000,
    lots: 500,
    quote: null,
    trigger: null,
  } as const;
  return {
    text: `${nameOf(userId)} buys a little`,
    isRepeatable: false,
    bind: () => ({
      async send(process) {
        await ordersOf(process).place(callerOf(userId), 'opening', toProductTerms(terms));
        return 'bought';
      },
      expect(state) {
        model.placeOrder(state, { id: orderIdOf(userId, 'opening'), userId, terms });
        return 'bought';
      },
    }),
  };
}

function deposit(draw: Draw, userId: string, number = 0): Request {
  const ref = `opening-${userId}-${number}`;
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

/** What others borrow: nobody else has as much. */
function lendMuch(asset: 'CREDIT' | 'LCO'): Request {
  const lent = 15_000n * 10n ** 8n;
  return {
    text: `the maker lends ${lent} ${asset}`,
    isRepeatable: false,
    bind: () => ({
      async send(process) {
        await marginOf(process).supply(callerOf(maker), asset, lent);
        return 'lent';
      },
      expect(state) {
        lending.supply(state, { userId: maker, asset, amount: lent });
        return 'lent';
      },
    }),
  };
}

/** One batch after the other. */
export function drawOpening(draw: Draw): readonly (readonly Request[])[] {
  const miners = [...users, ...stakers, maker];
  const ids = miners.map((userId) => [draw.random.id(), userId] as const);
  return [
    [publish(draw), ...miners.map((userId) => deposit(draw, userId))],
    [
      becomes('margin.reserveTakeoverCap', 20),
      becomes('margin.treasuryBackstop', '20'),
      payInCapital(draw, 'risk_reserve', 60n),
      payInCapital(draw, 'treasury', 2_000n),
      ...[1, 2, 3, 4, 5].map((number) => deposit(draw, maker, number)),
    ],
    ids.map(([id, userId]) => reserve(id, userId)),
    ids.map(([id, userId]) => settle(id, userId)),
    [propose(draw), propose(draw)],
    [decide(draw), decide(draw), decide(draw)],
    [lendMuch('CREDIT'), lendMuch('LCO'), quote(draw)],
    ...(draw.random.chance(0.6) ? [[buyALittle()]] : []),
    [tick(draw)],
  ];
}
