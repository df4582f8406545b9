// Settle: what a call used is charged, its LCO are mined and its usage record is written, once and in one commit
// (whitepaper 3.1, DESIGN 2.2 and 2.3). It never fails for what the upstream reports.
import { maxOf, minAmount } from '../../domain/money';
import { epochOf, minedBy } from '../../domain/mining';
import { chargeOf, costOf, ratesOf, type TokenPrices, type TokenUsage } from '../../domain/pricing';
import { assert } from '../../domain/errors';
import { userAccount } from '../../ledger/accounts';
import {
  putRow,
  rowKey,
  type Command,
  type RowWrite,
  type Transfer,
  type View,
} from '../../ledger/command';
import { quotaKeys, useQuota } from '../imos/quota';
import type { WarsHint } from '../wars/open-round';
import { planScore, scoreKeys } from '../wars/scoring';
import { channelModelId, channelModels, ownCostOf } from '../catalog/channels';
import { models } from '../catalog/models';
import {
  costPricesOf,
  listPricesOf,
  priceVersions,
  type PriceVersion,
} from '../catalog/price-versions';
import {
  availableCredits,
  callKeys,
  endLiveCall,
  fundsOf,
  mint,
  nonZero,
  relayCalls,
  relayTotals,
  relayTotalsKey,
  requireLiveCall,
  reservedCredits,
  revenue,
  upstreamCost,
  type CallName,
  type RelayCall,
} from './relay-calls';

/** Who counted the tokens; `reservation`: nobody could, so the reservation itself is charged. */
export type TokenSource = 'upstream' | 'tokenizer' | 'reservation';

export type CallEnding = 'completed' | 'client_left' | 'upstream_cut' | 'aborted';

export interface SettleInput extends CallName {
  readonly modelId: string;
  readonly priceVersionId: string;
  /** Whose quota it holds, as the reservation said: what that takes is read with the rest. */
  readonly imoIdHint?: string | null;
  /** The round of Compute Wars that its charge is expected to count in; null: it counts in none, being made up. */
  readonly wars: WarsHint | null;
  readonly channelId: string;
  readonly usage: TokenUsage;
  readonly tokenSource: TokenSource;
  readonly ending: CallEnding;
  readonly latencyMs: number;
  /** null when nothing was delivered. */
  readonly ttftMs: number | null;
}

export interface Settlement {
  /** Base units of CREDIT. */
  readonly charge: bigint;
  /** Base units of LCO. */
  readonly mined: bigint;
  /** Base units of CREDIT that the usage would have cost beyond the reservation. */
  readonly excess: bigint;
}

/**
 * Charges a call, once: a repeat, after an outcome that was in doubt, answers what the first settlement was.
 * Refuses only RESERVATION_ENDED: it was released, for its process was thought dead.
 */
export const settleCall: Command<SettleInput, Settlement> = {
  kind: 'relay_settle',
  keys(input) {
    const quota = input.imoIdHint ? quotaKeys(input.imoIdHint, input.userId) : null;
    return {
      accounts: [
        availableCredits(input.userId),
        reservedCredits(input.userId),
        userAccount(input.userId, 'available', 'LCO'),
        revenue,
        upstreamCost,
        mint,
        ...(quota?.accounts ?? []),
      ],
      rows: [
        ...callKeys(input),
        ...(input.wars ? scoreKeys(input.userId, input.wars) : []),
        relayTotalsKey,
        rowKey(priceVersions, input.priceVersionId),
        rowKey(channelModels, channelModelId(input.channelId, input.modelId)),
        ...(quota?.rows ?? []),
      ],
    };
  },
  decide(view, input) {
    const settled = view.row(relayCalls, input.callId);
    if (settled?.status === 'settled') return { result: settlementOf(settled) };
    const call = requireLiveCall(view, input.callId);
    const totals = view.row(relayTotals, '1');
    const version = view.row(priceVersions, call.priceVersionId);
    assert(totals && version, 'the totals and the price version of a live call exist');

    // What a champion's free call takes is measured at the cost, and is no charge: it mines and scores nothing.
    const isFree = call.warRoundId !== null;
    const rates = ratesOf(
      isFree || call.priceBps === null ? null : BigInt(call.priceBps),
      listPricesOf(version),
      costPricesOf(version),
    );
    const used = input.tokenSource === 'reservation' ? call.reserved : chargeOf(input.usage, rates);
    const taken = minAmount(used, call.reserved);
    const charge = isFree ? 0n : taken;
    const excess = used - taken;
    const cost = costOf(input.usage, channelCost(view, input, version));
    const shortfall = maxOf(0n, cost - taken);
    const mined = minedBy(totals.charged, charge);
    const settlementNumber = totals.settledCalls + 1n;
    const score = planScore(view, { userId: call.userId, charge, settlementNumber }, input.wars);

    const isCounted = input.tokenSource !== 'reservation';
    const quota = useQuota(view, call, isCounted ? unitsOf(input.usage) : null);

    return {
      transfers: [
        ...chargeTransfer(call, taken, cost),
        ...mineTransfer(call, mined),
        ...quota.transfers,
      ],
      rows: [
        putRow(relayCalls, {
          ...call,
          status: 'settled',
          endedAt: view.at,
          ending: input.ending,
          settlementNumber,
          inputTokens: BigInt(input.usage.input),
          cachedInputTokens: BigInt(input.usage.cachedInput),
          cacheWriteTokens: BigInt(input.usage.cacheWrite),
          outputTokens: BigInt(input.usage.output),
          tokenSource: input.tokenSource,
          charge,
          cost,
          shortfall,
          excess,
          mined,
          epoch: epochOf(totals.charged),
          channelId: input.channelId,
          latencyMs: input.latencyMs,
          ttftMs: input.ttftMs,
          freeCharge: isFree ? taken : null,
          quota: quota.units,
        }),
        putRow(relayTotals, {
          ...totals,
          charged: totals.charged + charge,
          settledCalls: settlementNumber,
          shortfalls: totals.shortfalls + shortfall,
        }),
        ...endLiveCall(view, call, charge),
        ...(excess > 0n ? flagModel(view, call) : []),
        ...quota.rows,
        ...score.rows,
      ],
      outbox: score.outbox,
      result: { charge, mined, excess },
    };
  },
};

/** What a quota counts: tokens in and out, cached or not; of a model that is priced by another unit, those alone. */
function unitsOf({ input, cachedInput, cacheWrite, output }: TokenUsage): bigint {
  return BigInt(input + cachedInput + cacheWrite + output);
}

function settlementOf({ id, charge, mined, excess }: RelayCall): Settlement {
  assert(
    charge !== null && mined !== null && excess !== null,
    `the settled call ${id} has a charge`,
  );
  return { charge, mined, excess };
}

/** The cost of the channel that answered: its own, else that of the price version. */
function channelCost(view: View, input: SettleInput, version: PriceVersion): TokenPrices {
  const offer = view.row(channelModels, channelModelId(input.channelId, input.modelId));
  return (offer && ownCostOf(offer)) ?? costPricesOf(version);
}

/**
 * min(taken, cost) to what we owe the upstream, the rest of what was taken to revenue, the rest of the hold back. All
 * that a free call takes goes to the upstream: nobody earns by it.
 */
function chargeTransfer(call: RelayCall, taken: bigint, cost: bigint): Transfer[] {
  const payable = call.warRoundId === null ? minAmount(taken, cost) : taken;
  const { source, held } = fundsOf(call);
  const entries = nonZero([
    { account: held, amount: -call.reserved },
    { account: upstreamCost, amount: payable },
    { account: revenue, amount: taken - payable },
    { account: source, amount: call.reserved - taken },
  ]);
  return entries.length > 0 ? [{ kind: 'relay_settle', reference: call.id, entries }] : [];
}

function mineTransfer(call: RelayCall, mined: bigint): Transfer[] {
  const entries = nonZero([
    { account: mint, amount: -mined },
    { account: userAccount(call.userId, 'available', 'LCO'), amount: mined },
  ]);
  return entries.length > 0 ? [{ kind: 'mine', reference: call.id, entries }] : [];
}

/** An upstream that used more than it could be bound to: an operator must look at the model's limits. */
function flagModel(view: View, call: RelayCall): RowWrite[] {
  const model = view.row(models, call.modelId);
  if (!model || model.flaggedAt !== null) return [];
  return [
    putRow(models, {
      ...model,
      flaggedAt: view.at,
      flaggedReason: `call ${call.id} used more than was reserved`,
    }),
  ];
}
