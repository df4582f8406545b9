// Rights beyond those of the level, as `/me` tells them: perks of Compute Wars and quota of scarce models.
import { useQuery } from '@tanstack/react-query';
import { meQuery } from '../session/session';

interface Entitlements {
  /** A perk that its champion has not chosen yet. */
  readonly perk_choice: {
    readonly roundId: string;
    readonly chooseBy: string;
    readonly choices: readonly string[];
    readonly default: string;
  };
  readonly free_calls: {
    readonly roundId: string;
    readonly endsAt: string;
    /** Credits. */
    readonly budget: string;
    readonly left: string;
  };
  readonly unlimited_concurrency: { readonly roundId: string; readonly endsAt: string };
  readonly imo_quota: {
    readonly imoId: string;
    readonly model: string;
    readonly unit: string;
    readonly allocation: number;
    readonly left: number;
    readonly endsAt: string;
  };
}
type Kind = keyof Entitlements;
export type AnyEntitlement = { [Each in Kind]: { readonly kind: Each } & Entitlements[Each] }[Kind];
export type Entitlement<Of extends Kind> = Extract<AnyEntitlement, { readonly kind: Of }>;

export function useEntitlements() {
  return useQuery({
    ...meQuery,
    // The document says that there are more fields by kind, and leaves their types to its words.
    select: (me) => (me?.entitlements ?? []) as unknown as readonly AnyEntitlement[],
  });
}

/** Those of one kind. */
export function entitlementsOf<Of extends Kind>(
  entitlements: readonly AnyEntitlement[],
  kind: Of,
): Entitlement<Of>[] {
  return entitlements.filter((each): each is Entitlement<Of> => each.kind === kind);
}
