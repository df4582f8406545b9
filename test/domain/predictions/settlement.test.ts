// What a prediction market pays, by example and by property (DESIGN 2.8 and 2.13).
import fc from 'fast-check';
import { formatAmount, parseAmount } from '../../../domain/money';
import { otherSide, predictionSides } from '../../../domain/predictions/pool';
import {
  isThin,
  paysFee,
  payoutIn,
  payoutOf,
  refundOf,
  type Lot,
  type Payout,
} from '../../../domain/predictions/settlement';
import { tierLevels } from '../../../domain/tiers';
import { amounts, anyMarket, anySide, lco, play, supply, type AnyBet } from './random-market';

const bet = (side: 'yes' | 'no', amount: number, tier: AnyBet['tier'] = 'Lv1'): AnyBet => ({
  side,
  stake: lco(amount),
  tier,
});

describe('the worked example', () => {
  const { lots, pool } = play(lco(1_000), [bet('yes', 500), bet('no', 500)], 'Lv1');
  const nothing = { gross: '0', fee: '0' };

  it.each([
    ['the seed if NO wins', 0, 'no', { gross: '942.80904157', fee: '0' }],
    ['YES if NO wins', 1, 'no', nothing],
    ['NO if NO wins', 2, 'no', { gross: '1057.19095842', fee: '27.85954792' }],
    ['the seed if YES wins', 0, 'yes', { gross: '1069.04496764', fee: '3.45224838' }],
    ['YES if YES wins', 1, 'yes', { gross: '930.95503235', fee: '21.54775161' }],
    ['NO if YES wins', 2, 'yes', nothing],
  ] as const)('pays %s', (_, lot, outcome, { gross, fee }) => {
    const [grossUnits, feeUnits] = [parseAmount(gross), parseAmount(fee)];
    const net = grossUnits - feeUnits;
    expect(payoutOf(lots[lot]!, { outcome, pool, feeBps: 500 })).toEqual({
      gross: grossUnits,
      fee: feeUnits,
      net,
    });
  });

  it.each([
    ['no', 1.3333],
    ['yes', 1.5119],
  ] as const)('pays %s shares %d LCO each', (outcome, price) => {
    const aShare = { side: outcome, stake: 1n, shares: lco(1), tier: 'Lv1' } as const;
    const { gross } = payoutOf(aShare, { outcome, pool, feeBps: 0 });
    expect(Number(formatAmount(gross))).toBeCloseTo(price, 4);
  });

  it('rounds the dust to the pool', () => {
    const gross = lots.map((lot) => payoutOf(lot, { outcome: 'no', pool, feeBps: 500 }).gross);
    expect(pool.staked - gross.reduce((sum, one) => sum + one, 0n)).toBe(1n);
  });
});

describe('the fee', () => {
  // Nobody else: the share of a lone lot is all of the pool.
  const alone = (stake: bigint, tier: AnyBet['tier'], feeBps = 500) =>
    payoutOf(
      { side: 'yes', stake, shares: 10n, tier },
      { outcome: 'yes', pool: { staked: 1_000n, yes: 10n, no: 1n }, feeBps },
    );

  it.each([
    ['is 5% of the profit', 0n, 500, 50n],
    ['takes nothing of the stake', 1_000n, 500, 0n],
    ['is rounded down', 801n, 500, 9n],
    ['of less than one unit is none', 981n, 500, 0n],
    ['of exactly one unit is one', 980n, 500, 1n],
    ['is none at 0 bps', 0n, 0, 0n],
    ['may be all of it', 0n, 10_000, 1_000n],
  ])('%s', (_, stake, feeBps, fee) => {
    expect(alone(stake, 'Lv1', feeBps)).toEqual({ gross: 1_000n, fee, net: 1_000n - fee });
  });

  it.each(tierLevels.map((tier) => [tier, tier !== 'Lv4' && tier !== 'Whale'] as const))(
    'of a lot bought as %s is paid: %s',
    (tier, isPaid) => {
      expect(paysFee({ tier })).toBe(isPaid);
      expect(alone(0n, tier).fee).toBe(isPaid ? 50n : 0n);
    },
  );

  it('of a seed is on what it gained over its whole stake, and none if it lost', () => {
    const { lots, pool } = play(lco(100), [bet('yes', 1_000), bet('no', 10)], 'Lv1');
    const gained = payoutOf(lots[0]!, { outcome: 'no', pool, feeBps: 500 });
    expect(gained.fee).toBe(((gained.gross - lco(100)) * 5n) / 100n);
    const lost = payoutOf(lots[0]!, { outcome: 'yes', pool, feeBps: 500 });
    expect(lost.gross < lco(100)).toBe(true);
    expect(lost.fee).toBe(0n);
  });
});

it('gives a stake back without a fee where a lot is voided', () => {
  expect(refundOf({ stake: 7n })).toEqual({ gross: 7n, fee: 0n, net: 7n });
});

it('leaves a seed 70.7% of its stake when all the supply was on the side that won', () => {
  const { lots, pool } = play(lco(100), [{ ...bet('yes', 0), stake: supply }], 'Lv1');
  const { gross } = payoutOf(lots[0]!, { outcome: 'yes', pool, feeBps: 500 });
  expect(gross).toBe(parseAmount('70.71067811'));
});

it('is a broken invariant to pay a winner less than the stake', () => {
  const lot: Lot = { side: 'yes', stake: 11n, shares: 10n, tier: 'Lv1' };
  const pool = { staked: 10n, yes: 10n, no: 1n };
  expect(() => payoutOf(lot, { outcome: 'yes', pool, feeBps: 0 })).toThrow('at least');
});

describe('a market is thin', () => {
  it.each([
    ['with exactly 1% on each side: no', 2_000_00000000n, 20_00000000n, 20_00000000n, false],
    ['with a unit less on YES', 2_000_00000000n, 19_99999999n, 1_000_00000000n, true],
    ['with a unit less on NO', 2_000_00000000n, 1_000_00000000n, 19_99999999n, true],
    ['with a unit more in the pool', 2_000_00000001n, 20_00000000n, 1_000_00000000n, true],
    ['where 1% is no whole unit, just above it: no', 199n, 2n, 2n, false],
    ['where 1% is no whole unit, just below it', 201n, 2n, 2n, true],
    ['with nothing on a side', 100n, 0n, 100n, true],
    ['with nothing from others', 100n, 0n, 0n, true],
  ])('%s', (_, staked, yes, no, thin) => {
    expect(isThin({ staked }, { yes, no })).toBe(thin);
  });
});

const thousands = { numRuns: 2_000 };
const feeRates = fc.integer({ min: 0, max: 10_000 });
const total = (amounts_: readonly bigint[]) => amounts_.reduce((sum, one) => sum + one, 0n);
const nets = (payouts: readonly Payout[]) => total(payouts.map(({ net }) => net));

describe('whatever was bet, whoever wins', () => {
  it('a winner gets the stake back at least, less the fee on what is gained, and a loser nothing', () => {
    fc.assert(
      fc.property(anyMarket, anySide, feeRates, ({ lots, pool }, outcome, feeBps) => {
        const lost = (lot: Lot) => lot.side === otherSide(outcome);
        for (const lot of lots) {
          const { gross, fee, net } = payoutOf(lot, { outcome, pool, feeBps });
          const isRight =
            net === gross - fee &&
            fee >= 0n &&
            (lost(lot) ? gross === 0n : net >= (lot.side === 'seed' ? lot.shares : lot.stake));
          if (!isRight) throw new Error(`${lot.side} of ${lot.stake}: ${gross} - ${fee} = ${net}`);
        }
      }),
      thousands,
    );
  });

  it('what is paid and what is burned is the pool to the unit: fees, and less dust than lots', () => {
    fc.assert(
      fc.property(anyMarket, anySide, feeRates, ({ lots, pool }, outcome, feeBps) => {
        const payouts = lots.map((lot) => payoutOf(lot, { outcome, pool, feeBps }));
        const fees = total(payouts.map(({ fee }) => fee));
        const burned = pool.staked - nets(payouts);
        expect(burned >= fees).toBe(true);
        expect(burned - fees < BigInt(lots.length)).toBe(true);
      }),
      thousands,
    );
  });

  it('another level of a lot moves nobody else’s payout, and the fee goes to nobody', () => {
    fc.assert(
      fc.property(anyMarket, anySide, fc.nat(), ({ lots, pool }, outcome, drawn) => {
        const result = { outcome, pool, feeBps: 500 };
        const toggled = drawn % lots.length;
        const other = lots.map((lot, i): Lot => {
          return i === toggled ? { ...lot, tier: paysFee(lot) ? 'Lv4' : 'Lv3' } : lot;
        });
        const [before, after] = [lots, other].map((all) => all.map((lot) => payoutOf(lot, result)));
        const others = (payouts?: Payout[]) => payouts?.filter((_, i) => i !== toggled);
        expect(others(after)).toEqual(others(before));
        expect(after?.[toggled]?.gross).toBe(before?.[toggled]?.gross);
        const fees = [before, after].map((payouts) => payouts?.[toggled]?.fee ?? 0n);
        expect(fees).toContain(0n);
      }),
      thousands,
    );
  });

  it('a seed loses 29.3% at most', () => {
    fc.assert(
      fc.property(anyMarket, anySide, ({ lots: [seed], pool }, outcome) => {
        const { gross } = payoutOf(seed!, { outcome, pool, feeBps: 500 });
        // Below some thousand units the rounding of its shares is more than that.
        if (seed!.stake >= 10n ** 4n) expect(gross * 1_000n >= seed!.stake * 707n).toBe(true);
        expect(gross >= seed!.shares).toBe(true);
      }),
      thousands,
    );
  });

  it('bets that are cut off come back at cost, and the others are paid as if those had never been', () => {
    fc.assert(
      fc.property(anyMarket, anySide, fc.nat(), ({ lots, pools, pool }, outcome, drawn) => {
        const keptLots = 1 + (drawn % lots.length);
        const kept = pools[keptLots - 1]!;
        const result = { outcome, pool: kept, feeBps: 500, keptLots };
        const payouts = lots.map((lot, number) => payoutIn(result, { ...lot, number }));
        for (const [i, { isVoided, net }] of payouts.entries()) {
          const lot = lots[i]!;
          const alone = i < keptLots ? payoutOf(lot, result) : refundOf(lot);
          expect([isVoided, net]).toEqual([i >= keptLots, alone.net]);
        }
        const burned = pool.staked - nets(payouts);
        expect(burned >= 0n).toBe(true);
        expect(burned).toBe(kept.staked - nets(payouts.slice(0, keptLots)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('a void market gives every stake back, and burns nothing', () => {
    fc.assert(
      fc.property(anyMarket, ({ lots, pool }) => {
        const result = { outcome: 'void', pool, feeBps: 500, keptLots: 0 } as const;
        const payouts = lots.map((lot, number) => payoutIn(result, { ...lot, number }));
        expect(payouts.map(({ net }) => net)).toEqual(lots.map(({ stake }) => stake));
        expect(nets(payouts)).toBe(pool.staked);
        expect(total(payouts.map(({ fee }) => fee))).toBe(0n);
      }),
      thousands,
    );
  });

  it('both outcomes pay a market with bets on both sides more than nothing', () => {
    fc.assert(
      fc.property(amounts(2n), amounts(), amounts(), (seed, yes, no) => {
        const bets = [
          { side: 'yes', stake: yes, tier: 'Lv1' },
          { side: 'no', stake: no, tier: 'Lv1' },
        ] as const;
        const { lots, pool } = play(seed, bets, 'Lv1');
        for (const outcome of predictionSides) {
          const winner = lots.find(({ side }) => side === outcome)!;
          const { gross } = payoutOf(winner, { outcome, pool, feeBps: 500 });
          expect(gross >= winner.stake && gross <= pool.staked).toBe(true);
        }
      }),
      thousands,
    );
  });
});
