// What settled calls were charged and what that mined (DESIGN 2.3, 8 invariant 3): recomputed from tokens and price
// versions, in the order of settlement. What the upstream's channel cost cannot be recomputed once an operator has
// changed the channel; that it was paid into `upstream_cost` is checked with the call's postings.
import { epochOf, minedBy, emission } from '../../domain/mining';
import { maxOf, minAmount } from '../../domain/money';
import { chargeOf, ratesOf } from '../../domain/pricing';
import { tiers } from '../../domain/tiers';
import {
  costPricesOf,
  listPricesOf,
  priceVersionColumns,
  type PriceVersion,
} from '../catalog/price-versions';
import type { AuditCheck } from './check';
import { select } from './journal-rows';

interface SettledCall {
  readonly id: string;
  readonly number: bigint;
  readonly modelId: string;
  readonly priceVersionId: string;
  readonly tier: string;
  readonly priceBps: number | null;
  readonly reserved: bigint;
  readonly input: bigint;
  readonly cachedInput: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
  readonly tokenSource: string;
  readonly charge: bigint;
  readonly cost: bigint;
  readonly shortfall: bigint;
  readonly excess: bigint;
  readonly mined: bigint;
  readonly epoch: number;
  readonly warRoundId: string | null;
  readonly freeCharge: bigint | null;
}

const callsSql = /* sql */ `
  select id, settlement_number as number, model_id as "modelId", price_version_id as "priceVersionId",
    tier, price_bps as "priceBps", reserved, input_tokens as input, cached_input_tokens as "cachedInput",
    cache_write_tokens as "cacheWrite", output_tokens as output, token_source as "tokenSource",
    charge, cost, shortfall, excess, mined, epoch, war_round_id as "warRoundId", free_charge as "freeCharge"
  from relay_calls where settlement_number > ? order by settlement_number limit 10000`;

const priceBpsOfTiers = new Map<string, bigint | null>(
  tiers.map(({ level, priceBps }) => [level, priceBps]),
);

/** What a call's own row says of its charge, against its tokens and its price version. */
function* checkCharge(call: SettledCall, version: PriceVersion | undefined): Iterable<string> {
  const name = `call ${call.id}`;
  if (version?.modelId !== call.modelId) {
    yield `${name} of ${call.modelId} names ${call.priceVersionId}, which is no price of it`;
    return;
  }
  const bps = call.priceBps === null ? null : BigInt(call.priceBps);
  if (priceBpsOfTiers.get(call.tier) !== bps) {
    yield `${name} paid ${bps ?? 'cost'} of 10,000 at ${call.tier}`;
  }
  const usage = {
    input: Number(call.input),
    cachedInput: Number(call.cachedInput),
    cacheWrite: Number(call.cacheWrite),
    output: Number(call.output),
  };
  // A champion's free call takes its cost of the round's set-aside, and charges nothing.
  const isFree = call.warRoundId !== null;
  const rates = ratesOf(isFree ? null : bps, listPricesOf(version), costPricesOf(version));
  const used = call.tokenSource === 'reservation' ? call.reserved : chargeOf(usage, rates);
  const taken = minAmount(used, call.reserved);
  const charge = isFree ? 0n : taken;
  if (call.charge !== charge) {
    yield `${name} was charged ${call.charge} base units, its usage comes to ${charge}`;
  }
  if (isFree && call.freeCharge !== taken) {
    yield `${name} took ${call.freeCharge} base units of the free calls, its usage comes to ${taken}`;
  }
  if (call.excess !== used - taken) {
    yield `${name} has an excess of ${call.excess}, its usage one of ${used - taken}`;
  }
  const shortfall = maxOf(0n, call.cost - taken);
  if (call.shortfall !== shortfall) {
    yield `${name} has a shortfall of ${call.shortfall}, its cost one of ${shortfall}`;
  }
}

export const chargesCheck: AuditCheck = {
  title: 'the relay: charges follow usage and prices; minted = E(charged), call by call and in all',
  async *run({ db, onProgress }) {
    const rows = await db({ v: 'price_versions' }).select<PriceVersion[]>(priceVersionColumns);
    const versions = new Map(rows.map((version) => [version.id, version]));
    const total = { charged: 0n, number: 0n };
    for (;;) {
      const calls = await select<SettledCall>(db, callsSql, [total.number.toString()]);
      if (calls.length === 0) break;
      for (const call of calls) {
        const { id, number, charge, mined, epoch } = call;
        if (number !== total.number + 1n) yield `settlement ${number} follows ${total.number}`;
        yield* checkCharge(call, versions.get(call.priceVersionId));
        const due = minedBy(total.charged, charge);
        if (mined !== due) yield `call ${id} mined ${mined} base units, its charge mines ${due}`;
        if (epoch !== epochOf(total.charged)) {
          yield `call ${id} says epoch ${epoch}, it fell in ${epochOf(total.charged)}`;
        }
        total.number = number;
        total.charged += charge;
      }
      onProgress(`charges recomputed up to settlement ${total.number}`);
    }
    const [told] = await select<{ charged: bigint; settledCalls: bigint }>(
      db,
      'select charged, settled_calls as "settledCalls" from relay_totals where id = 1',
    );
    if (told?.charged !== total.charged) {
      yield `the total charged says ${told?.charged ?? 'nothing'}, the calls come to ${total.charged}`;
    }
    if (told?.settledCalls !== total.number) {
      yield `the count of settled calls says ${told?.settledCalls ?? 'nothing'}, there are ${total.number}`;
    }
    const [mint] = await select<{ minted: bigint }>(
      db,
      `select -balance as minted from accounts where key = 'platform/l-exchange/mint/LCO'`,
    );
    const minted = mint?.minted ?? 0n;
    if (minted !== emission(total.charged)) {
      yield `minted ${minted} base units, E(charged) is ${emission(total.charged)}`;
    }
  },
};
