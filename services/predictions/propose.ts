// Anybody proposes a prediction market (DESIGN 2.8): its question, its deadlines, and a seed of their own LCO, which is
// liquidity and bond against spam in one. It goes to the pool at once.
import { assert } from '../../domain/errors';
import {
  requireClosing,
  requireMarketText,
  requireSeed,
  type MarketText,
} from '../../domain/predictions/market';
import { seedPool } from '../../domain/predictions/pool';
import { wordsOf } from '../../domain/predictions/search-words';
import { predictionAccount } from '../../ledger/accounts';
import { putRow, rowKey, type Command } from '../../ledger/command';
import { deriveId } from '../../ledger/ids';
import { handleKey, readHandle } from '../identity/handles';
import { requireActiveUser, userStates } from '../identity/user-state';
import { bettorAccounts, planLot } from './bet';
import { positionKey } from './lot-rows';
import {
  marketKeys,
  predictionMarkets,
  proposedMessage,
  type MarketRow,
  type PredictionWindows,
} from './market-rows';
import { presentMarket, type PublicMarket } from './market-views';
import { textHash } from './text-hash';

export interface MarketProposal extends MarketText {
  /** Milliseconds since 1970. */
  readonly closesAt: number;
  /** Base units of LCO. */
  readonly seed: bigint;
}

interface ProposeMarket extends MarketProposal {
  readonly userId: string;
  /** The request's; with the user it names the market. */
  readonly idempotencyKey: string;
  readonly requestId: string;
  readonly windows: PredictionWindows;
}

/** Binds everybody to what is bet on: SHA-256, in hex, of four texts with newlines between them; only the last may have any. */
function termsHash({ question, source, tags, rules }: MarketRow): string {
  return textHash([question, source, tags, rules].join('\n'));
}

function idOf({ userId, idempotencyKey }: Pick<ProposeMarket, 'userId' | 'idempotencyKey'>) {
  return deriveId('prediction', userId, idempotencyKey);
}

/** Nothing happened yet. */
const unbegun = {
  status: 'proposed',
  revision: 1,
  reviewedBy: null,
  reviewReason: null,
  openedAt: null,
  feeBps: null,
  lockedAt: null,
  proposedOutcome: null,
  proposedEffectiveAt: null,
  evidence: null,
  resolvedBy: null,
  resolvedAt: null,
  disputableUntil: null,
  disputedBy: null,
  disputedAt: null,
  disputeEvidence: null,
  bond: null,
  bondFate: null,
  bondBurnSeq: null,
  rulingUntil: null,
  ruledBy: null,
  ruledAt: null,
  rulingReason: null,
  outcome: null,
  effectiveAt: null,
  finalAt: null,
  voidCause: null,
  voidedAt: null,
  voidedBy: null,
  voidReason: null,
  endedAt: null,
} as const;

/** @throws DomainError USER_FROZEN, INVALID_REQUEST, AMOUNT_OUT_OF_RANGE below 100 LCO, INSUFFICIENT_FUNDS */
export const proposeMarket: Command<ProposeMarket, PublicMarket> = {
  kind: 'propose_prediction',
  keys: (input) => {
    const id = idOf(input);
    const { userId } = input;
    return {
      accounts: [...Object.values(bettorAccounts(userId)), predictionAccount(id, 'pool')],
      rows: [
        rowKey(userStates, userId),
        handleKey(userId),
        ...marketKeys(id),
        positionKey(id, userId),
      ],
    };
  },
  decide(view, input) {
    const { userId, requestId, question, rules, source, tags, closesAt, seed, windows } = input;
    requireActiveUser(view, userId);
    requireMarketText(input);
    requireClosing(view.at, closesAt);
    requireSeed(seed, view.balance(bettorAccounts(userId).available));

    const id = idOf(input);
    assert(!view.row(predictionMarkets, id), 'a stored answer stands before a second request');
    const market: MarketRow = {
      ...unbegun,
      id,
      proposerId: userId,
      question,
      rules,
      source,
      tags: tags.join(' '),
      words: wordsOf([question, ...tags].join(' ')).join(' '),
      proposedAt: view.at,
      // Nobody approves a market whose time is over.
      expiresAt: Math.min(view.at + windows.predictionExpiry, closesAt),
      closesAt,
      disputeMs: BigInt(windows.predictionDispute),
      rulingMs: BigInt(windows.predictionRuling),
      autoVoidMs: BigInt(windows.predictionAutoVoid),
    };
    const { staked, yes } = seedPool(seed);
    const pool = {
      ...{ id, seed, staked, yesShares: yes, noShares: yes, othersYes: 0n, othersNo: 0n },
      ...{ volume: 0n, lots: 1, holders: 1 },
    };
    const lot = { marketId: id, userId, side: 'seed', stake: seed, shares: yes } as const;
    const { plan } = planLot(view, { ...lot, position: undefined, pool });
    const told = { type: 'prediction.proposed', id, termsHash: termsHash(market) };
    const handle = readHandle(view, userId);
    return {
      ...plan,
      rows: [putRow(predictionMarkets, market), ...(plan.rows ?? [])],
      feed: [...(plan.feed ?? []), told],
      outbox: [proposedMessage(market, requestId)],
      result: presentMarket(
        { market, pool, settlement: null, timelyPool: null },
        view.at,
        () => handle,
      ),
    };
  },
};
