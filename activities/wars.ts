// The steps of a round of Compute Wars (DESIGN 2.9), each one commit that happens once however often it is asked for.
import type { Disqualification } from '../services/wars/disqualify';
import type { BoardEntry } from '../services/wars/leaderboard';
import type { WarRoundTerms } from '../services/wars/war-rows';
import type { WarRound } from '../services/wars/war-views';
import type { Wars, WarStanding } from '../services/wars/wars';
import { runActivity } from './run';

export type { BoardEntry, WarRound, WarRoundTerms, WarStanding };

/** All fail with the code of the refusal as type, which is not retried; asked too early they say how long to wait. */
export interface WarActivities {
  /** The round of this moment: by its time, once. */
  openWarRound(): Promise<WarRoundTerms>;
  readWarRound(roundId: string): Promise<WarStanding>;
  closeWarRound(roundId: string): Promise<WarStanding>;
  finaliseWarRound(roundId: string): Promise<WarStanding>;
  /** Some hundred winners; to be asked until the round is paid. */
  payWarPrizes(roundId: string): Promise<WarStanding>;
  takeDefaultPerk(roundId: string): Promise<WarStanding>;
  endWarPerk(roundId: string): Promise<WarStanding>;
  /** Idempotent by `decisionKey`. */
  disqualifyPlayer(act: Disqualification): Promise<WarStanding>;
}

export function createWarActivities({ wars }: { readonly wars: Wars }): WarActivities {
  return {
    openWarRound: () => runActivity(() => wars.open()),
    readWarRound: (roundId) => runActivity(() => wars.read(roundId)),
    closeWarRound: (roundId) => runActivity(() => wars.close(roundId)),
    finaliseWarRound: (roundId) => runActivity(() => wars.finalise(roundId)),
    payWarPrizes: (roundId) => runActivity(() => wars.pay(roundId)),
    takeDefaultPerk: (roundId) => runActivity(() => wars.takeDefaultPerk(roundId)),
    endWarPerk: (roundId) => runActivity(() => wars.endPerk(roundId)),
    disqualifyPlayer: (act) => runActivity(() => wars.disqualify(act)),
  };
}
