// A settlement manifest (docs/formats/prediction-manifest.md) checked by the reader's browser: its hash, what it says against
// what the market says, every lot computed again, the reader's own lots, and the burn that it speaks of.
import { answerOf, api } from '../api/client';
import { Problem, problemOf } from '../api/problem';
import type { AnswerOf } from '../api/types';
import { sha256, toHex } from '../proofs/bytes';
import { faultOf, type Manifest } from './manifest-rules';
import { loadOwnLots } from './market-queries';
import type { Lot, Market } from './market-words';

export interface Finding {
  readonly what: string;
  readonly verdict: 'right' | 'wrong' | 'unchecked';
  readonly detail?: string;
}

type Settlement = NonNullable<Market['settlement']>;

/** @throws Problem */
export async function checkManifest(
  market: Market,
  settlement: Settlement,
): Promise<readonly Finding[]> {
  const bytes = await fetchManifest(market.id);
  const findings = [await checkHash(bytes, settlement.manifestHash ?? '')];
  const manifest = readManifest(bytes);
  if (manifest === null) {
    return [...findings, { what: 'It is a manifest', verdict: 'wrong', detail: 'It is no JSON.' }];
  }
  return [
    ...findings,
    finding('It says what the market says', difference(market, settlement, manifest)),
    finding('Every lot and payout, computed again', faultOf(manifest)),
    ...(await checkOwnLots(market, manifest)),
    ...(await checkBurn(market, settlement)),
  ];
}

/** The very bytes, asked for anew. */
async function fetchManifest(id: string): Promise<ArrayBuffer> {
  const response = await fetch(`/api/v1/predictions/${id}/manifest`, { cache: 'no-store' }).catch(
    () => {
      throw new Problem({ status: 0, title: 'The API cannot be reached' });
    },
  );
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => null));
  return response.arrayBuffer();
}

async function checkHash(bytes: ArrayBuffer, hash: string): Promise<Finding> {
  const what = 'SHA-256 of its bytes';
  // Browsers lend their cryptography to pages with TLS and to those of this machine only.
  if (!globalThis.isSecureContext) {
    const detail =
      'Browsers hash only on pages that come by HTTPS or from localhost; `npm run verify` does it anywhere.';
    return { what, verdict: 'unchecked', detail };
  }
  const hex = toHex(await sha256(new Uint8Array(bytes)));
  return finding(what, hash === hex ? null : `These bytes have ${hex}.`);
}

function finding(what: string, fault: string | null): Finding {
  return fault === null ? { what, verdict: 'right' } : { what, verdict: 'wrong', detail: fault };
}

function readManifest(bytes: ArrayBuffer): Manifest | null {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  } catch {
    return null;
  }
}

/** What both name, and do not name alike. */
function difference(market: Market, settlement: Settlement, manifest: Manifest): string | null {
  const { totals, pool, lots } = manifest;
  const pairs: Readonly<Record<string, readonly [said: unknown, published: unknown]>> = {
    marketId: [manifest.marketId, market.id],
    question: [manifest.question, market.question],
    outcome: [manifest.outcome, market.outcome],
    effectiveAt: [manifest.effectiveAt, market.effectiveAt],
    feeBps: [manifest.feeBps, market.feeBps],
    keptLots: [manifest.keptLots, settlement.keptLots],
    lots: [lots?.length, market.bets + 1],
    seed: [lots?.[0]?.stake, market.seed],
    'pool.staked': [pool?.staked, settlement.pool.staked],
    'pool.yes': [pool?.yes, settlement.pool.yes.shares],
    'pool.no': [pool?.no, settlement.pool.no.shares],
    paid: [totals?.paid, settlement.paid],
    refunded: [totals?.refunded, settlement.refunded],
    fees: [totals?.fees, settlement.fees],
    dust: [totals?.dust, settlement.dust],
    burned: [totals?.burned, settlement.burned],
  };
  const other = Object.entries(pairs).find(([, [said, published]]) => said !== published);
  if (!other) return null;
  const [name, [said, published]] = other;
  return `${name}: the manifest says ${String(said)}, the market ${String(published)}.`;
}

/** All of the reader's, however many a page shows. */
async function checkOwnLots(market: Market, manifest: Manifest): Promise<Finding[]> {
  const what = 'Your bets are in it';
  try {
    const own = await loadOwnLots(market);
    return own.length > 0 ? [finding(what, missingLot(own, manifest))] : [];
  } catch (error) {
    const detail = `Your bets could not be loaded: ${(error as Error).message}`;
    return [{ what, verdict: 'unchecked', detail }];
  }
}

function missingLot(own: readonly Lot[], { lots }: Manifest): string | null {
  const missing = own.find(({ number, side, stake, shares, paid, fee }) => {
    const lot = lots?.[number];
    return (
      lot?.number !== number ||
      lot.side !== side ||
      lot.stake !== stake ||
      lot.shares !== shares ||
      lot.net !== paid ||
      lot.fee !== fee
    );
  });
  return missing ? `Lot ${missing.number} is not as you have it.` : null;
}

type BurnRecord = AnswerOf<'/api/v1/burns/{seq}'>;

async function checkBurn({ id }: Market, { burned, burnSeq }: Settlement): Promise<Finding[]> {
  if (burned === '0' || burned === null) {
    const fault = burnSeq === null ? null : `Record ${burnSeq} is named for nothing.`;
    return [finding('Nothing was to be burned', fault)];
  }
  const what = 'The burn log has what was burned';
  if (burnSeq === null) return [finding(what, 'The market names no record.')];
  const path = { seq: burnSeq };
  const record: BurnRecord = await answerOf(api.GET('/api/v1/burns/{seq}', { params: { path } }));
  const isIt =
    record.kind === 'prediction_fee' && record.sourceRef === id && record.amount === burned;
  return [finding(what, isIt ? null : `Record ${burnSeq} is of something else.`)];
}
