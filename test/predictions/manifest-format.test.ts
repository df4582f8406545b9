// The example of docs/formats/prediction-manifest.md is what the rules make, by what `npm run verify` checks and by what
// writes manifests.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseAmount } from '../../domain/money';
import { manifestFrame, manifestLot } from '../../domain/predictions/manifest';
import type { LotSide } from '../../domain/predictions/settlement';
import type { TierLevel } from '../../domain/tiers';
import { findWrongManifest, settledMarketShape } from '../../launch/verify/manifest';

const page = readFileSync('docs/formats/prediction-manifest.md', 'utf8');
const text = /^({"effectiveAt".+})$/m.exec(page)?.[1] ?? '';
const manifest = JSON.parse(text) as {
  marketId: string;
  question: string;
  effectiveAt: string;
  feeBps: number;
  keptLots: number;
  pool: Record<'staked' | 'yes' | 'no', string>;
  totals: Record<'paid' | 'refunded' | 'fees' | 'dust' | 'burned', string>;
  lots: {
    number: number;
    at: string;
    side: LotSide;
    stake: string;
    shares: string;
    tier: TierLevel;
    byProposer: boolean;
  }[];
};
const hash = createHash('sha256').update(text).digest('hex');

it('has the hash that the page says', () => {
  expect(page).toContain(`Its SHA-256 is \`${hash}\``);
});

it('is what a verifier finds nothing wrong with', () => {
  const { marketId: id, question, effectiveAt, feeBps, keptLots, pool, totals, lots } = manifest;
  const market = settledMarketShape.parse({
    ...{ id, question, effectiveAt, feeBps, outcome: 'no', voided: null, seed: '1000', bets: 4 },
    ...{ proposedAt: lots[0]?.at, openedAt: lots[1]?.at, lockedAt: lots[4]?.at },
    closesAt: '2026-12-02T00:00:00.000Z',
    pool: {
      staked: '2200',
      yes: { shares: '1476.48230602' },
      no: { shares: '1630.95064303' },
    },
    settlement: {
      ...{ keptLots, voidedLots: 1, ...totals, burnSeq: 0, manifestHash: hash },
      pool: { staked: pool.staked, yes: { shares: pool.yes }, no: { shares: pool.no } },
    },
  });
  expect(findWrongManifest(market, Buffer.from(text))).toBeUndefined();
});

it('is written so, character by character', () => {
  const amounts = <Name extends string>(record: Record<Name, string>) =>
    Object.fromEntries(
      Object.entries<string>(record).map(([name, amount]) => [name, parseAmount(amount)]),
    ) as Record<Name, bigint>;
  const subject = {
    ...manifest,
    outcome: 'no' as const,
    effectiveAt: Date.parse(manifest.effectiveAt),
    pool: amounts(manifest.pool),
  };
  const [before, after] = manifestFrame(subject, amounts(manifest.totals));
  const lots = manifest.lots.map(({ at, stake, shares, ...lot }) =>
    manifestLot(subject, { ...lot, ...amounts({ stake, shares }), placedAt: Date.parse(at) }),
  );
  expect(`${before}${lots.join(',')}${after}`).toBe(text);
});
