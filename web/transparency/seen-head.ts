// The head of the burn log that this tab saw first. It lasts as long as the tab, also over a reload: a log that is changed
// meanwhile is found out.
import type { SeenHead } from '../proofs/head-checks';

const storageKey = 'l-exchange.first-head';

export function firstSeenHead(): SeenHead | null {
  const kept = sessionStorage.getItem(storageKey);
  return kept === null ? null : (JSON.parse(kept) as SeenHead);
}

/** The key that this tab saw first, or else the one that is told now: who signs with another one is found out. */
export function pinnedKey(told: string): string {
  return firstSeenHead()?.key ?? told;
}

/** Keeps the first one, and only that. */
export function rememberHead(head: SeenHead): void {
  if (firstSeenHead() === null) sessionStorage.setItem(storageKey, JSON.stringify(head));
}
