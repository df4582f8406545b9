// Stops that wait for the mark price (DESIGN 2.4), in the order in which it reaches them, so that a tick finds the
// ones it crossed without looking at the others.
import { assert } from '../errors';
import type { Side } from './market';
import type { OrderType } from './order';

export interface WaitingStop {
  readonly id: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly triggerTicks: number;
  /** Order of arrival. */
  readonly number: number;
}

/** Whether the mark sets it off by rising to its trigger; otherwise by falling to it. */
export function triggersOnRise({ side, type }: Pick<WaitingStop, 'side' | 'type'>): boolean {
  return (type === 'stop_loss') === (side === 'buy');
}

export class StopBook {
  private readonly byId = new Map<string, WaitingStop>();
  /** Each sorted so that what the mark reaches first comes last. */
  private readonly rising: WaitingStop[] = [];
  private readonly falling: WaitingStop[] = [];

  get size(): number {
    return this.byId.size;
  }

  add(stop: WaitingStop): void {
    assert(!this.byId.has(stop.id), 'a stop waits once');
    this.byId.set(stop.id, stop);
    const list = this.listOf(stop);
    list.splice(this.placeOf(list, stop), 0, stop);
  }

  /** Returns whether it was there. */
  remove(id: string): boolean {
    const stop = this.byId.get(id);
    if (!stop) return false;
    this.byId.delete(id);
    const list = this.listOf(stop);
    const place = this.placeOf(list, stop);
    assert(list[place]?.id === id, 'a waiting stop is in its place');
    list.splice(place, 1);
    return true;
  }

  /**
   * Ids of the stops that a mark between two ticks sets off, at most `limit`: those it reached first, first.
   * @param floorTicks the mark rounded down to a tick: what a rise has reached
   * @param ceilTicks the mark rounded up to a tick: what a fall has reached
   */
  crossed(floorTicks: number, ceilTicks: number, limit: number): string[] {
    const ids: string[] = [];
    for (let i = this.rising.length - 1; i >= 0 && ids.length < limit; i--) {
      const stop = this.rising[i];
      if (!stop || stop.triggerTicks > floorTicks) break;
      ids.push(stop.id);
    }
    for (let i = this.falling.length - 1; i >= 0 && ids.length < limit; i--) {
      const stop = this.falling[i];
      if (!stop || stop.triggerTicks < ceilTicks) break;
      ids.push(stop.id);
    }
    return ids;
  }

  private listOf(stop: WaitingStop): WaitingStop[] {
    return triggersOnRise(stop) ? this.rising : this.falling;
  }

  /** Where it is, or belongs. */
  private placeOf(list: readonly WaitingStop[], stop: WaitingStop): number {
    const isRise = triggersOnRise(stop);
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = list[middle];
      assert(other, 'within the list');
      if (isReachedLater(other, stop, isRise)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isReachedLater(a: WaitingStop, b: WaitingStop, isRise: boolean): boolean {
  if (a.triggerTicks === b.triggerTicks) return a.number > b.number;
  return isRise ? a.triggerTicks > b.triggerTicks : a.triggerTicks < b.triggerTicks;
}
