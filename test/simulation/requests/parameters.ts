// Changes of governed parameters, as a passed proposal makes them.
import { setParameter as set } from '../../../services/parameters';
import * as model from '../model/parameters';
import type { Draw, Request } from './request';

function drawLevels({ random }: Draw): Record<string, number> {
  const levels = ['Lv1', 'Lv2', 'Lv3', 'Lv4', 'Whale'];
  let slots = random.between(random.chance(0.1) ? 0 : 1, 8);
  const rising = levels.map((level) => [level, (slots += random.between(0, 20))] as const);
  if (random.chance(0.05)) rising[4] = ['Whale', 1];
  return Object.fromEntries(rising);
}

function drawValue(draw: Draw, name: string): unknown {
  const { random } = draw;
  if (name === 'tiers.concurrency') return drawLevels(draw);
  if (name === 'predictions.feeBps') return random.between(0, 1_050);
  if (name === 'exchange.makerFeeBps') return random.pick([0, 1, 7, 50, 51]);
  if (name === 'exchange.takerFeeBps') return random.pick([0, 3, 10, 100, 101]);
  if (name === 'buyback.slices') return random.pick([0, 1, 2, 3, 25]);
  if (name === 'exchange.marketBandBps') return random.pick([99, 100, 150, 1_000, 5_000]);
  return random.pick(ofMargin[name] ?? [255, 256, 1_000, 8_192, 131_072, 131_073]);
}

/** Values of what margin goes by: some are out of bounds. */
const ofMargin: Readonly<Record<string, readonly (string | number)[]>> = {
  'mark.impactNotional': ['49', '50', '50', '500', '2000'],
  'margin.minCollateral': ['0.5', '1', '10', '10', '25.5'],
  'margin.maintenanceBps': [799, 800, 1_000, 1_000, 1_200],
  'margin.safeBps': [1_249, 1_250, 1_250, 1_500],
  'margin.takeoverBps': [399, 400, 670, 750],
  'margin.reserveTakeoverCap': [0, 5, 5, 20, 20, 21],
  'margin.treasuryBackstop': ['0', '0.00000001', '100', '10000', '1000001'],
  'lending.baseRateBps': [0, 200, 1_000, 1_001],
  'lending.kinkUtilisationBps': [4_999, 5_000, 7_000, 8_500],
  'lending.kinkRateBps': [999, 1_000, 1_200, 5_000],
  'lending.fullRateBps': [4_999, 5_000, 10_000, 30_000],
};

export function setParameter(draw: Draw): Request {
  const { random } = draw;
  const name = random.pick([
    'relay.defaultMaxOutput',
    'tiers.concurrency',
    'predictions.feeBps',
    'exchange.makerFeeBps',
    'exchange.takerFeeBps',
    'exchange.marketBandBps',
    'buyback.slices',
    'no.such.parameter',
    ...Object.keys(ofMargin),
  ]);
  const value = drawValue(draw, name);
  const ahead = random.weighted([
    [8, 0],
    [1, -1],
    [1, 1],
  ]);
  return {
    text: `${name} becomes ${JSON.stringify(value)}, its version seen ${ahead} off`,
    isRepeatable: true,
    bind(before) {
      const expectedVersion = model.versionOf(before, name) + ahead;
      return {
        async send({ committer }) {
          const input = { name, value, expectedVersion, source: 'simulation', reason: null };
          const { result } = await committer.submit(set, input, { actor: 'governance' });
          return `version ${result.version}`;
        },
        expect: (state) => model.setParameter(state, { name, value, expectedVersion }),
      };
    },
  };
}
