// What champions of Compute Wars may do on the relay (DESIGN 2.9): as the reserve decision reads it under the lock, and
// as their owner is told of it.
import type { Knex } from 'knex';
import { formatAmount } from '../../domain/money';
import { isoTime } from '../../domain/time';
import { warPerks, defaultPerk } from '../../domain/war-round';
import { warsAccount } from '../../ledger/accounts';
import type { View } from '../../ledger/command';
import { defineLookup } from '../../ledger/table';
import type { UserState } from '../identity/user-state';
import { chooseBy, warRoundColumns, warRounds, type WarRoundRow } from './war-rows';

/** Rounds whose perk is a user's and has not ended. */
const perksOfUser = defineLookup<{ readonly roundIds: readonly string[] }>({
  name: 'war perks',
  keyType: 'uuid',
  sql: /* sql */ `
    select champion_id as key, json_agg(id order by perk_ends_at) as "roundIds"
    from war_rounds
    where champion_id = any($1::uuid[]) and perk_ends_at is not null and perk_ended_at is null
    group by champion_id`,
});

export interface Perks {
  readonly isUnlimited: boolean;
  /** Rounds that pay for free calls, the one that ends first before the others. */
  readonly freeCallRounds: readonly string[];
}

const none: Perks = { isUnlimited: false, freeCallRounds: [] };

/** A user's perks at journal time; the user's own row tells of nearly everybody that there are none. */
export function perksOf(view: View, { id, warPerkUntil }: UserState): Perks {
  if (warPerkUntil === null || warPerkUntil <= view.at) return none;
  const roundIds = view.row(perksOfUser, id)?.roundIds ?? [];
  const rounds = view
    .rows(warRounds, roundIds)
    .filter((round) => round !== undefined)
    .filter(({ perkEndsAt }) => perkEndsAt !== null && view.at < perkEndsAt);
  return {
    isUnlimited: rounds.some(({ perkChoice }) => perkChoice === 'unlimited_concurrency'),
    freeCallRounds: rounds
      .filter(({ perkChoice }) => perkChoice === 'free_calls')
      .map((round) => round.id),
  };
}

/** As its owner sees it: a perk in force, or one to be chosen. */
export type Entitlement =
  | { readonly kind: 'unlimited_concurrency'; readonly roundId: string; readonly endsAt: string }
  | {
      readonly kind: 'free_calls';
      readonly roundId: string;
      readonly endsAt: string;
      /** Credits. */
      readonly budget: string;
      /** Credits that neither were used nor are held. */
      readonly left: string;
    }
  | {
      readonly kind: 'perk_choice';
      readonly roundId: string;
      readonly chooseBy: string;
      readonly choices: readonly string[];
      readonly default: string;
    };

export interface Entitlements {
  of(userId: string): Promise<Entitlement[]>;
}

/** The newest rounds of a champion that may still matter: a perk is chosen and over within a few rounds. */
const roundsLookedAt = 200;

export function createEntitlements(db: Knex): Entitlements {
  async function leftOf(rounds: readonly WarRoundRow[]): Promise<Map<string, bigint>> {
    const keys = rounds.map(({ id }) => warsAccount(id, 'free_calls').key);
    const rows = await db('accounts')
      .select<{ ownerId: string; balance: bigint }[]>({ ownerId: 'owner_id', balance: 'balance' })
      .whereIn('key', keys);
    return new Map(rows.map(({ ownerId, balance }) => [ownerId, balance]));
  }

  return {
    async of(userId) {
      const rounds = await db({ r: 'war_rounds' })
        .select<WarRoundRow[]>(warRoundColumns)
        .where('r.champion_id', userId)
        .whereNull('r.perk_ended_at')
        .orderBy('r.starts_at', 'desc')
        .limit(roundsLookedAt);
      const left = await leftOf(rounds.filter(({ perkChoice }) => perkChoice === 'free_calls'));
      const now = Date.now();
      return rounds.flatMap((round) => presentEntitlement(round, left.get(round.id) ?? 0n, now));
    },
  };
}

function presentEntitlement(round: WarRoundRow, left: bigint, now: number): Entitlement[] {
  const { id: roundId, perkChoice, perkEndsAt, perkBudget } = round;
  if (perkChoice === null || perkEndsAt === null) {
    const until = chooseBy(round);
    if (until === null || now >= until) return [];
    const choices = [...warPerks];
    return [
      { kind: 'perk_choice', roundId, chooseBy: isoTime(until), choices, default: defaultPerk },
    ];
  }
  if (now >= perkEndsAt) return [];
  const endsAt = isoTime(perkEndsAt);
  if (perkChoice === 'unlimited_concurrency') return [{ kind: perkChoice, roundId, endsAt }];
  const budget = formatAmount(perkBudget ?? 0n);
  return [{ kind: perkChoice, roundId, endsAt, budget, left: formatAmount(left) }];
}
