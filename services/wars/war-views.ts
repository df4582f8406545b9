// Rounds of Compute Wars as they are shown: amounts as decimal strings, times in ISO 8601.
import { Decimal } from 'decimal.js';
import { formatAmount } from '../../domain/money';
import { optionalIsoTime, isoTime } from '../../domain/time';
import type { WarPerk, WarStatus } from '../../domain/war-round';
import { chooseBy, provisionalUntil, type WarRoundRow } from './war-rows';

export interface WarPerkView {
  readonly chooseBy: string;
  /** null: the champion has not chosen yet. */
  readonly choice: WarPerk | null;
  readonly byDefault: boolean;
  readonly chosenAt: string | null;
  readonly endsAt: string | null;
  /** Credits set aside for free calls; null for the other perk. */
  readonly budget: string | null;
  readonly endedAt: string | null;
  /** Credits of the budget that were left. */
  readonly returned: string | null;
}

export interface PlacePrizeView {
  readonly place: number;
  /** Who share this place and those behind it. */
  readonly players: number;
  readonly score: string;
  readonly percent: number;
  /** LCO, of each of them. */
  readonly prize: string;
  readonly capped: boolean;
}

export interface WarRound {
  readonly id: string;
  readonly status: WarStatus;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly prizeCapBps: number;
  /** Its own windows, which were fixed as it began. */
  readonly provisionalMs: number;
  readonly perkChoiceMs: number;
  readonly perkMs: number;
  readonly closedAt: string | null;
  /** LCO; null until the close. */
  readonly prizePool: string | null;
  /** Credits for one LCO, over the round; null until the close, and without a mark in it. */
  readonly twap: string | null;
  readonly provisionalUntil: string | null;
  readonly finalisedAt: string | null;
  readonly paidAt: string | null;
  /** LCO. */
  readonly paid: string;
  readonly prizes: readonly PlacePrizeView[] | null;
  /** null until it is final, and without a player. */
  readonly championId: string | null;
  readonly championScore: string | null;
  readonly perk: WarPerkView | null;
}

function optionalAmount(units: bigint | null): string | null {
  return units === null ? null : formatAmount(units);
}

function presentPerk(round: WarRoundRow): WarPerkView | null {
  const until = chooseBy(round);
  if (round.championId === null || until === null) return null;
  return {
    chooseBy: isoTime(until),
    choice: round.perkChoice,
    byDefault: round.perkByDefault ?? false,
    chosenAt: optionalIsoTime(round.perkChosenAt),
    endsAt: optionalIsoTime(round.perkEndsAt),
    budget: optionalAmount(round.perkBudget),
    endedAt: optionalIsoTime(round.perkEndedAt),
    returned: optionalAmount(round.perkReturned),
  };
}

export function presentRound(round: WarRoundRow): WarRound {
  return {
    id: round.id,
    status: round.status,
    startsAt: isoTime(round.startsAt),
    endsAt: isoTime(round.endsAt),
    prizeCapBps: round.prizeCapBps,
    provisionalMs: Number(round.provisionalMs),
    perkChoiceMs: Number(round.perkChoiceMs),
    perkMs: Number(round.perkMs),
    closedAt: optionalIsoTime(round.closedAt),
    prizePool: optionalAmount(round.pool),
    // With the 12 decimals that the mark has, rounded half to even; prizes go by the exact one.
    twap: round.twap === null ? null : new Decimal(round.twap).toDecimalPlaces(12).toFixed(),
    provisionalUntil: optionalIsoTime(provisionalUntil(round)),
    finalisedAt: optionalIsoTime(round.finalisedAt),
    paidAt: optionalIsoTime(round.paidAt),
    paid: formatAmount(round.paidAmount),
    prizes:
      round.prizes?.map(({ place, players, score, percent, prize, isCapped }) => ({
        place,
        players,
        score: formatAmount(BigInt(score)),
        percent: Number(percent),
        prize: formatAmount(BigInt(prize)),
        capped: isCapped,
      })) ?? null,
    championId: round.championId,
    championScore: optionalAmount(round.championScore),
    perk: presentPerk(round),
  };
}
