// The settlement manifest by example and by property (DESIGN 2.8, docs/formats): canonical JSON, made piece by piece.
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { parseAmount } from '../../../domain/money';
import {
  manifestFrame,
  manifestLot,
  type ManifestLot,
  type ManifestSubject,
  type ManifestTotals,
} from '../../../domain/predictions/manifest';
import { payoutIn } from '../../../domain/predictions/settlement';
import type { Lot } from '../../../domain/predictions/settlement';
import { anyMarket, anySide, lco, play } from './random-market';

interface ParsedManifest {
  readonly question: string;
  readonly pool: { readonly staked: string };
  readonly totals: Readonly<Record<'paid' | 'refunded' | 'fees' | 'dust' | 'burned', string>>;
  readonly lots: readonly (Readonly<Record<'stake' | 'gross' | 'fee' | 'net', string>> & {
    readonly number: number;
    readonly voided: boolean;
  })[];
}

const marketId = '00000000-0000-4000-8000-000000000001';

function subjectOf(over: Partial<ManifestSubject>): ManifestSubject {
  return {
    marketId,
    question: 'Will it rain?',
    outcome: 'no',
    effectiveAt: Date.UTC(2026, 2, 31),
    feeBps: 500,
    keptLots: 0,
    pool: { staked: 0n, yes: 0n, no: 0n },
    ...over,
  };
}

function totalsOf(subject: ManifestSubject, lots: readonly ManifestLot[]): ManifestTotals {
  const payouts = lots.map((lot) => payoutIn(subject, lot));
  const sum = (isVoided: boolean, of: 'net' | 'fee') =>
    payouts.reduce((total, one) => total + (one.isVoided === isVoided ? one[of] : 0n), 0n);
  const [paid, refunded, fees] = [sum(false, 'net'), sum(true, 'net'), sum(false, 'fee')];
  const dust = subject.keptLots === 0 ? 0n : subject.pool.staked - paid - fees;
  return { paid, refunded, fees, dust };
}

function manifestOf(subject: ManifestSubject, lots: readonly ManifestLot[]): string {
  const [before, after] = manifestFrame(subject, totalsOf(subject, lots));
  return `${before}${lots.map((lot) => manifestLot(subject, lot)).join(',')}${after}`;
}

const numbered = (lots: readonly Lot[]) =>
  lots.map((lot, number): ManifestLot => ({
    ...lot,
    number,
    placedAt: Date.UTC(2026, 0, 1) + number,
    byProposer: number === 0,
  }));

const isCanonical = (text: string) => canonicalize(JSON.parse(text)) === text;

describe('the worked example', () => {
  const bets = [
    { side: 'yes', stake: lco(500), tier: 'Lv1' },
    { side: 'no', stake: lco(500), tier: 'Lv3' },
    { side: 'no', stake: lco(7), tier: 'Whale' },
  ] as const;
  const { lots, pools } = play(lco(1_000), bets, 'Lv2');
  const subject = subjectOf({ keptLots: 3, pool: pools[2]! });

  it('is this text, in which the last bet came too late', () => {
    expect(manifestOf(subject, numbered(lots))).toBe(
      '{"effectiveAt":"2026-03-31T00:00:00.000Z","feeBps":500,' +
        '"format":"l-exchange/prediction-manifest/v1","keptLots":3,"lots":[' +
        '{"at":"2026-01-01T00:00:00.000Z","byProposer":true,"fee":"0","gross":"942.80904157",' +
        '"net":"942.80904157","number":0,"shares":"707.10678118","side":"seed","stake":"1000",' +
        '"tier":"Lv2","voided":false},' +
        '{"at":"2026-01-01T00:00:00.001Z","byProposer":false,"fee":"0","gross":"0",' +
        '"net":"0","number":1,"shares":"615.76887435","side":"yes","stake":"500",' +
        '"tier":"Lv1","voided":false},' +
        '{"at":"2026-01-01T00:00:00.002Z","byProposer":false,"fee":"27.85954792",' +
        '"gross":"1057.19095842","net":"1029.3314105","number":2,"shares":"792.89321882",' +
        '"side":"no","stake":"500","tier":"Lv3","voided":false},' +
        '{"at":"2026-01-01T00:00:00.003Z","byProposer":false,"fee":"0","gross":"7",' +
        '"net":"7","number":3,"shares":"9.32070813","side":"no","stake":"7",' +
        '"tier":"Whale","voided":true}],' +
        `"marketId":"${marketId}","outcome":"no",` +
        '"pool":{"no":"1500","staked":"2000","yes":"1322.87565553"},' +
        '"question":"Will it rain?","totals":{"burned":"27.85954793","dust":"0.00000001",' +
        '"fees":"27.85954792","paid":"1972.14045207","refunded":"7"}}',
    );
  });

  it('of a void market counts no lot, and says no time if no outcome was final', () => {
    const subject_ = subjectOf({ outcome: 'void', effectiveAt: null, pool: pools[3]! });
    const text = manifestOf(subject_, numbered(lots));
    const manifest = JSON.parse(text) as ParsedManifest;
    expect(text.startsWith('{"effectiveAt":null,')).toBe(true);
    expect(manifest.lots.every(({ voided, net, stake }) => voided && net === stake)).toBe(true);
    expect(manifest.totals).toEqual({
      paid: '0',
      refunded: '2007',
      fees: '0',
      dust: '0',
      burned: '0',
    });
  });
});

const questions = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
  fc.constantFrom('"lots":[]', '\\"lots":[]', '{"lots":[]}', '\u2028', '€ é 明'),
);

describe('whatever was bet', () => {
  it('the text is canonical, whatever the question is', () => {
    fc.assert(
      fc.property(anyMarket, anySide, questions, fc.nat(), (market, outcome, question, drawn) => {
        const keptLots = 1 + (drawn % market.lots.length);
        const pool = market.pools[keptLots - 1]!;
        const subject = subjectOf({ outcome, question, keptLots, pool });
        const text = manifestOf(subject, numbered(market.lots));
        expect(isCanonical(text)).toBe(true);
        expect((JSON.parse(text) as ParsedManifest).question).toBe(question);
      }),
      { numRuns: 500 },
    );
  });

  it('a stranger who reads it finds that all stakes went somewhere, to the unit', () => {
    fc.assert(
      fc.property(anyMarket, anySide, fc.nat(), ({ lots, pools, pool }, outcome, drawn) => {
        const keptLots = 1 + (drawn % lots.length);
        const subject = subjectOf({ outcome, keptLots, pool: pools[keptLots - 1]! });
        const text = manifestOf(subject, numbered(lots));
        const manifest = JSON.parse(text) as ParsedManifest;
        const sum = (of: 'stake' | 'net' | 'fee', isVoided?: boolean) =>
          manifest.lots
            .filter(({ voided }) => isVoided === undefined || voided === isVoided)
            .reduce((total, lot) => total + parseAmount(lot[of]), 0n);
        const { paid, refunded, fees, dust, burned } = manifest.totals;
        expect(manifest.lots.map(({ number }) => number)).toEqual(lots.map((_, i) => i));
        expect(sum('net', false)).toBe(parseAmount(paid));
        expect(sum('net', true)).toBe(parseAmount(refunded));
        expect(sum('fee')).toBe(parseAmount(fees));
        expect(parseAmount(fees) + parseAmount(dust)).toBe(parseAmount(burned));
        expect(parseAmount(paid) + parseAmount(burned)).toBe(parseAmount(manifest.pool.staked));
        expect(sum('stake')).toBe(pool.staked);
        expect(sum('net') + parseAmount(burned)).toBe(pool.staked);
      }),
      { numRuns: 500 },
    );
  });
});
