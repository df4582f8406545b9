// Prices of models, by operators.
import { nameOf, operators, steadyOperators, users } from '../cast';
import * as model from '../model/catalog';
import type { Prices, Version } from '../model/state';
import { drawReason, keyedRequest, type Draw, type Request } from './request';

export const modelIds = ['small', 'large', 'dear'];

/** Base units of CREDIT per million tokens: from next to nothing to the most that there can be, 10^13. */
export function drawPrices({ random }: Draw): Prices {
  if (random.chance(0.03)) return { input: 0n, output: 0n };
  return { input: random.magnitude(1, 12), output: random.magnitude(1, 13) };
}

/** A share that covers its cost at the deepest discount, or misses it a little, or by far. */
export function drawCost({ random }: Draw, list: Prices): Prices {
  const percent = random.weighted([
    [6, BigInt(random.between(0, 70))],
    [2, 70n],
    [1, 71n],
  ] as const);
  return { input: (list.input * percent) / 100n, output: (list.output * percent) / 100n };
}

/** As the product has them: whatever the cache does with input, it costs the same. */
export function toTokenPrices({ input, output }: Prices) {
  return { input, cachedInput: input, cacheWrite: null, output };
}

export function drawVersion(draw: Draw): Version {
  const list = drawPrices(draw);
  return {
    list,
    cost: drawCost(draw, list),
    maxInput: Number(draw.random.magnitude(5, 6)),
    maxOutput: Number(draw.random.magnitude(4, 6)),
    factorBps: draw.random.pick([10_000n, 12_500n]),
  };
}

/** Terms as the product takes them. */
export function toTerms(modelId: string, access: 'open' | 'imo', version: Version) {
  const { list, cost, maxInput, maxOutput, factorBps } = version;
  return {
    modelId,
    access,
    list: toTokenPrices(list),
    cost: toTokenPrices(cost),
    maxInput,
    maxOutput,
    maxPerImage: null,
    hidesOutput: false,
    tokenizer: null,
    tokenizerFactorBps: Number(factorBps),
  };
}

export function versionText({ list, cost, maxInput, maxOutput, factorBps }: Version): string {
  return `at ${list.input} and ${list.output} for ${cost.input} and ${cost.output}, up to ${maxInput} and ${maxOutput}, x ${factorBps}`;
}

export function publishPrice(draw: Draw): Request {
  const operatorId = draw.random.pick([
    ...operators,
    ...steadyOperators,
    ...steadyOperators,
    ...users.slice(0, 1),
  ]);
  const modelId = draw.random.pick(modelIds);
  const access = draw.random.chance(0.05) ? 'imo' : 'open';
  const version = drawVersion(draw);
  const reason = drawReason(draw);
  const text = `${nameOf(operatorId)} sells ${modelId} (${access}) ${versionText(version)}, "${reason}"`;
  if (!draw.memory.models.includes(modelId)) draw.memory.models.push(modelId);
  return keyedRequest(draw, operatorId, text, () => ({
    async send({ services }, caller) {
      const terms = toTerms(modelId, access, version);
      const outcome = await services.priceList.publish(caller, terms, reason);
      const { priceVersion, enabledChannels } = outcome.model;
      return { told: `${priceVersion}, channels: ${enabledChannels}`, replayed: outcome.replayed };
    },
    decide: (state) =>
      model.publishPrice(state, { ...version, operatorId, reason, modelId, access }),
  }));
}
