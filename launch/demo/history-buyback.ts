// Friday's buyback in the demo's history (DESIGN 7): late, once there is a mark, and within a minute, so that a visitor finds its
// prints on the chart, LCO in the prize pool, and a burn whose proof can be checked.
import { buybackFunds, drawRange } from '../../domain/buyback';
import { parameterDefinitions } from '../../domain/parameter-registry';
import { burnBought } from '../../services/buybacks/burn-bought';
import { buySlice } from '../../services/buybacks/buy-slice';
import { purposeOf } from '../../services/buybacks/buyback-views';
import { openWeekly, weeklyIdOf } from '../../services/buybacks/open-buyback';
import { startBuyback } from '../../services/buybacks/start-buyback';
import type { CommandRunner } from './history-batch';
import { Random } from './random';
import { tickedMs, type Moment } from './timeline';

/** Before the end of the history. */
const beginsBeforeMs = 2 * 60_000;
const spreadMs = 60_000;
const actor = 'buyback';

interface HistoryBuybackOptions {
  /** The end of the history. */
  readonly to: number;
  readonly seed: number;
  /** How long the mark price warms up: without one nothing is bought. */
  readonly markWarmUpMs: number;
}

export class HistoryBuyback {
  private slices: number | undefined;

  constructor(private readonly options: HistoryBuybackOptions) {}

  /** Each command happens once, so an attempt that was killed is simply made again. */
  step(run: CommandRunner, { at }: Moment): void {
    const { to, markWarmUpMs } = this.options;
    if (to - at > beginsBeforeMs || markWarmUpMs > tickedMs - beginsBeforeMs) return;
    const buybackId = weeklyIdOf(to);
    if (this.slices === undefined) this.begin(run, buybackId);
    else this.buy(run, buybackId, this.slices);
  }

  private begin(run: CommandRunner, buybackId: string): void {
    const { to, seed } = this.options;
    const random = new Random(seed);
    const count = parameterDefinitions['buyback.slices'].maximum;
    const draws = Array.from({ length: count }, () => Math.floor(random.next() * drawRange));
    run(openWeekly, { askedAt: to, spreadMs }, actor);
    run(startBuyback, { buybackId, draws }, actor, ({ buyback }) => {
      this.slices = buyback.slicesPlanned;
    });
  }

  /** What is not due yet, or done already, changes nothing. */
  private buy(run: CommandRunner, buybackId: string, slices: number): void {
    for (let slice = 1; slice <= slices; slice++) {
      for (const fund of buybackFunds) {
        run(buySlice, { buybackId, slice, for: purposeOf[fund] }, actor);
      }
    }
    run(burnBought, { buybackId }, actor);
  }
}
