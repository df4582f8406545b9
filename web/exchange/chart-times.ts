// The chart's time axis in the reader's zone: days begin where the reader's do. Candles of days and weeks are those of UTC.
import {
  defaultHorzScaleBehavior,
  TickMarkType,
  type Time,
  type TickMarkFormatter,
} from 'lightweight-charts';
import type { Interval } from '../live/stream-messages';

const minuteSeconds = 60;

function isOfUtc(interval: Interval): boolean {
  return interval === '1d' || interval === '1w';
}

/** Which marks are days, months and years is found by the clock on the reader's wall; candles stay at their times. */
function wallClock(atSeconds: number): number {
  return atSeconds - new Date(atSeconds * 1_000).getTimezoneOffset() * minuteSeconds;
}

const UtcScale = defaultHorzScaleBehavior();

class ReadersScale extends UtcScale {
  override fillWeightsForPoints(
    ...[points, from]: Parameters<InstanceType<typeof UtcScale>['fillWeightsForPoints']>
  ) {
    const shifted = points.map((point) => ({
      ...point,
      time: this.convertHorzItemToInternal(wallClock(this.key(point.time)) as Time),
    }));
    super.fillWeightsForPoints(shifted, from);
    shifted.forEach(({ timeWeight }, index) => {
      const point = points[index];
      if (point) point.timeWeight = timeWeight;
    });
  }
}

export function timeScaleOf(interval: Interval): InstanceType<typeof UtcScale> {
  return isOfUtc(interval) ? new UtcScale() : new ReadersScale();
}

const styles: Readonly<Record<TickMarkType, Intl.DateTimeFormatOptions>> = {
  [TickMarkType.Year]: { year: 'numeric' },
  [TickMarkType.Month]: { month: 'short', year: 'numeric' },
  [TickMarkType.DayOfMonth]: { day: 'numeric', month: 'short' },
  [TickMarkType.Time]: { hour: '2-digit', minute: '2-digit', hour12: false },
  [TickMarkType.TimeWithSeconds]: { hour: '2-digit', minute: '2-digit', hour12: false },
};

function zoneOf(interval: Interval): Intl.DateTimeFormatOptions {
  return isOfUtc(interval) ? { timeZone: 'UTC' } : {};
}

/** What stands below the marks of the axis. */
export function markFormatter(interval: Interval): TickMarkFormatter {
  const formats = new Map<TickMarkType, Intl.DateTimeFormat>();
  return (time, type) => {
    const format =
      formats.get(type) ??
      new Intl.DateTimeFormat(undefined, { ...styles[type], ...zoneOf(interval) });
    formats.set(type, format);
    return format.format(Number(time) * 1_000);
  };
}

/** A candle's time in full. */
export function momentFormatter(interval: Interval): (time: Time) => string {
  const format = new Intl.DateTimeFormat(undefined, {
    dateStyle: 'medium',
    ...(isOfUtc(interval) ? {} : { timeStyle: 'short' }),
    ...zoneOf(interval),
  });
  return (time) => format.format(Number(time) * 1_000);
}
