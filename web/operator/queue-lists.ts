// What operators have to look at, each list under one name, so that counts and queues ask for it once.
import { answerOf, api } from '../api/client';
import type { ItemOf } from '../api/types';
import { usePages } from '../api/use-pages';

export type Deposit = ItemOf<'/api/v1/admin/deposits'>;
export type Redemption = ItemOf<'/api/v1/admin/redemptions'>;
export type Market = ItemOf<'/api/v1/predictions'>;
export type Imo = ItemOf<'/api/v1/imos'>;
export type Proposal = ItemOf<'/api/v1/governance/proposals'>;
export type Buyback = ItemOf<'/api/v1/buybacks'>;
export type Round = ItemOf<'/api/v1/wars'>;

export const everyMs = 4_000;

/** The part of a list that is asked for. */
export const pageAt = (cursor: string | undefined) =>
  cursor === undefined ? { limit: 50 } : { limit: 50, cursor };

export function useDeposits(status?: Deposit['status']) {
  return usePages({
    queryKey: ['operator', 'deposits', status ?? 'all'],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/admin/deposits', {
          params: { query: { ...pageAt(cursor), ...(status && { status }) } },
        }),
      ),
    refetchInterval: everyMs,
  });
}

export function useRedemptions(status?: Redemption['status']) {
  return usePages({
    queryKey: ['operator', 'redemptions', status ?? 'all'],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/admin/redemptions', {
          params: { query: { ...pageAt(cursor), ...(status && { status }) } },
        }),
      ),
    refetchInterval: everyMs,
  });
}

export function useMarkets(status: Market['status']) {
  return usePages({
    queryKey: ['operator', 'markets', status],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/predictions', { params: { query: { ...pageAt(cursor), status } } }),
      ),
    refetchInterval: everyMs,
  });
}

export function useImos() {
  return usePages({
    queryKey: ['operator', 'imos'],
    ask: (cursor) => answerOf(api.GET('/api/v1/imos', { params: { query: pageAt(cursor) } })),
    refetchInterval: everyMs,
  });
}

export function useProposals(status: Proposal['status']) {
  return usePages({
    queryKey: ['operator', 'proposals', status],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/governance/proposals', {
          params: { query: { ...pageAt(cursor), status } },
        }),
      ),
    refetchInterval: everyMs,
  });
}

export function useBuybacks() {
  return usePages({
    queryKey: ['operator', 'buybacks'],
    ask: (cursor) => answerOf(api.GET('/api/v1/buybacks', { params: { query: pageAt(cursor) } })),
    refetchInterval: everyMs,
  });
}

export function useRounds() {
  return usePages({
    queryKey: ['operator', 'wars'],
    ask: (cursor) => answerOf(api.GET('/api/v1/wars', { params: { query: pageAt(cursor) } })),
    refetchInterval: everyMs,
  });
}

/** Of lists that have no filter: what may still be acted on. */
export const isImoRunning = ({ status }: Imo) =>
  status === 'announced' || status === 'open' || status === 'active';
export const isBuybackRunning = ({ endedAt }: Buyback) => endedAt === null;
export const isProvisional = ({ status }: Round) => status === 'provisional';
