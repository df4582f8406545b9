// What the page says that places would win is what the platform will pay.
import { Decimal } from 'decimal.js';
import { formatAmount, parseAmount } from '../../domain/money';
import { placePercents, planPrizes } from '../../domain/wars-prizes';
import { placePercents as shownPercents, planPlaces } from '../../web/wars/prizes';

it('splits by the same shares', () => {
  expect(shownPercents.map(BigInt)).toEqual(placePercents);
});

it.each([
  ['nobody', []],
  ['one', ['12.5']],
  ['ten and more', ['120', '110.1', '90', '80', '70', '60', '50', '40', '30', '20', '10', '1']],
  ['equals at the top', ['50', '50', '50', '20', '0.00000001']],
  ['equals over the tenth place', ['9', '8', '7', '6', '5', '4', '3', '2', '2', '1', '1', '1']],
])('%s', (_, scores) => {
  for (const [pool, price] of [
    ['1000', '0.107123456789'],
    ['0.00000007', '3'],
    ['0', '0.1'],
    ['9999999.99999999', '0.000001'],
  ] as const) {
    const groups = [...new Set(scores)].map((score) => ({
      score: parseAmount(score),
      players: scores.filter((other) => other === score).length,
    }));
    const terms = { pool: parseAmount(pool), groups, capBps: 2_000, twap: new Decimal(price) };
    const shown = planPlaces(
      scores.map((score) => ({ score })),
      { prizePool: pool, prizeCapBps: 2_000, price },
    );
    expect(shown).toEqual(
      planPrizes(terms).map(({ score, percent, prize, isCapped, ...place }) => ({
        ...place,
        score: formatAmount(score),
        percent: Number(percent),
        prize: formatAmount(prize),
        capped: isCapped,
      })),
    );
  }
});
