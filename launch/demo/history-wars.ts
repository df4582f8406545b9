// The end of the round of Compute Wars in which the demo's history begins: late, as if no worker had run, so that its ranking is
// still provisional when a visitor comes; and before Friday's buyback, so that what that buys for prizes is there for the round
// that is running. Its ranking becomes final, and is paid, by its workflow.
import { roundAt } from '../../domain/war-round';
import type { Command } from '../../ledger/command';
import { closeWarRound } from '../../services/wars/close-round';
import { hintAt } from '../../services/wars/scoring';
import type { WarProgress } from '../../services/wars/round-progress';
import { warRounds, type WarWindows } from '../../services/wars/war-rows';
import type { CommandRunner } from './history-batch';
import type { Moment } from './timeline';

/** Before the end of the history, and before the buyback begins. */
const closesBeforeMs = 3 * 60_000;
const actor = 'wars';

/** Nobody may have spent anything in a round that is shorter than a week. */
const closeIfPlayed: Command<Parameters<typeof closeWarRound.decide>[1], WarProgress | null> = {
  kind: closeWarRound.kind,
  keys: (input) => closeWarRound.keys(input),
  decide: (view, input) =>
    view.row(warRounds, input.id) ? closeWarRound.decide(view, input) : { result: null },
};

export class HistoryWars {
  private readonly first: ReturnType<typeof roundAt>;
  private isClosed = false;

  /** @param from the beginning of the history, @param to and its end */
  constructor(
    from: number,
    private readonly to: number,
    private readonly windows: WarWindows,
  ) {
    this.first = roundAt(from, windows.warsRound, null);
  }

  /** An attempt that was killed is made again: a round closes once. */
  step(run: CommandRunner, { at }: Moment): void {
    if (this.isClosed || at < this.first.endsAt || this.to - at > closesBeforeMs) return;
    const input = { id: this.first.id, hint: hintAt(at, this.windows) };
    run(closeIfPlayed, input, actor, () => {
      this.isClosed = true;
    });
  }
}
