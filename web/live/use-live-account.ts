// The user's own channel of the stream: balances as they change, and what else to ask for anew.
import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { balancesKey } from '../account/balances';
import { liveStream } from './live-stream';
import type { StreamMessage } from './stream-messages';
import { useLive } from './use-live';

/** Queries of what is a user's own, which change with orders, fills and positions: their keys begin with these. */
export const ownKeys = {
  orders: ['own', 'orders'],
  fills: ['own', 'fills'],
  positions: ['own', 'positions'],
} as const;

/** What happens at once is asked for once. */
const gatherMs = 200;

function staleAfter({ type }: StreamMessage): readonly QueryKey[] {
  if (type === 'user.snapshot') return Object.values(ownKeys);
  if (type === 'user.order') return [ownKeys.orders];
  if (type === 'user.fill') return [ownKeys.fills];
  if (type === 'user.position') return [ownKeys.positions];
  return [];
}

export function useLiveAccount(userId: string): void {
  const queries = useQueryClient();
  const stale = useRef(new Set<QueryKey>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    liveStream.restart();
    return () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [userId]);
  useLive('user', (message) => {
    if ('balances' in message) {
      queries.setQueryData(balancesKey, { balances: message.balances });
    }
    for (const key of staleAfter(message)) stale.current.add(key);
    if (stale.current.size === 0) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const keys = [...stale.current];
      stale.current.clear();
      for (const queryKey of keys) void queries.invalidateQueries({ queryKey });
    }, gatherMs);
  });
}
