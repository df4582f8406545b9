import { parameterDefinitions } from '../../domain/parameter-registry';
import {
  formatParameter,
  parameterNames,
  parameterValue,
  parseParameter,
  type ParameterName,
} from '../../domain/parameters';
import { tierLevels, tiers } from '../../domain/tiers';

const none = new Map();

describe('the registry of parameters', () => {
  it.each(parameterNames)(
    '%s has a default within its own bounds, and reads it back from JSON',
    (name) => {
      const { default: value } = parameterDefinitions[name];
      expect(parseParameter(name, formatParameter(value))).toEqual(value);
    },
  );

  it('has the figures of the design as defaults', () => {
    expect(parameterValue(none, 'relay.requestsPerMinute')).toBe(600);
    expect(parameterValue(none, 'mark.impactNotional')).toBe(500_00000000n);
    expect(parameterValue(none, 'tiers.concurrency')).toEqual({
      Lv1: 5,
      Lv2: 50,
      Lv3: 50,
      Lv4: 100,
      Whale: 200,
    });
    expect(parameterValue(none, 'imo.weights')).toEqual({ Lv3: 1, Lv4: 3, Whale: 3 });
    const subscribers = tiers.filter(({ defaultImoWeight }) => defaultImoWeight > 0);
    expect(Object.fromEntries(subscribers.map((t) => [t.level, t.defaultImoWeight]))).toEqual(
      parameterValue(none, 'imo.weights'),
    );
  });

  it('asks two thirds for what the whitepaper itself fixes, and for nothing else', () => {
    expect(parameterNames.filter((name) => parameterDefinitions[name].twoThirds)).toEqual([
      'buyback.profitShareBps',
      'margin.maintenanceBps',
      'imo.weights',
      'predictions.feeBps',
    ]);
  });

  it('cannot be voted into a contradiction', () => {
    const of = (name: 'margin.takeoverBps' | 'margin.maintenanceBps' | 'margin.safeBps') =>
      parameterDefinitions[name];
    expect(of('margin.takeoverBps').maximum).toBeLessThan(of('margin.maintenanceBps').minimum);
    expect(of('margin.maintenanceBps').maximum).toBeLessThan(of('margin.safeBps').minimum);
    const fund = parameterDefinitions;
    // most of the fund burns (whitepaper 2.3)
    expect(
      fund['buyback.prizeShareBps'].maximum + fund['wars.freeCallShareBps'].maximum,
    ).toBeLessThanOrEqual(5_000);
    // the borrowing rate never falls as utilisation rises
    expect(fund['lending.baseRateBps'].maximum).toBeLessThanOrEqual(
      fund['lending.kinkRateBps'].minimum,
    );
    expect(fund['lending.kinkRateBps'].maximum).toBeLessThanOrEqual(
      fund['lending.fullRateBps'].minimum,
    );
  });

  const levels = (...values: number[]) =>
    Object.fromEntries(tierLevels.map((level, i) => [level, values[i]]));

  it.each<[ParameterName, unknown]>([
    ['buyback.slices', 0],
    ['buyback.slices', 25],
    ['buyback.slices', 2.5],
    ['buyback.slices', '4'],
    ['buyback.slices', null],
    ['buyback.slices', NaN],
    ['mark.impactNotional', 500],
    ['mark.impactNotional', '49.99999999'],
    ['mark.impactNotional', '50000.00000001'],
    ['mark.impactNotional', '-500'],
    ['mark.impactNotional', '999999999999'],
    ['mark.impactNotional', '500.123456789'],
    ['tiers.concurrency', 5],
    ['tiers.concurrency', {}],
    ['tiers.concurrency', levels(5, 50, 50, 100)],
    ['tiers.concurrency', { ...levels(5, 50, 50, 100, 200), Lv5: 300 }],
    ['tiers.concurrency', levels(0, 50, 50, 100, 200)],
    ['tiers.concurrency', levels(5, 50, 49, 100, 200)],
    ['imo.weights', levels(1, 1, 1, 3, 3)],
    ['imo.weights', [1, 3, 3]],
  ])('%s may not be %j', (name, value) => {
    expect(() => parseParameter(name, value)).toThrow(
      expect.objectContaining({ code: 'PARAMETER_OUT_OF_BOUNDS' }) as Error,
    );
  });
});
