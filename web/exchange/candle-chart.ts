// Candles with their volume on a canvas, by lightweight-charts. Prices become floating point here, to be drawn.
import {
  CandlestickSeries,
  ColorType,
  createChartEx,
  createSeriesMarkers,
  CrosshairMode,
  HistogramSeries,
  type CandlestickData,
  type HistogramData,
  type SeriesMarker,
  type Time,
} from 'lightweight-charts';
import type { Interval } from '../live/stream-messages';
import type { Candle } from './merging';
import { fade, onColourChange, readColours, type Colours } from '../charts/colours';
import { markFormatter, momentFormatter, timeScaleOf } from './chart-times';

/** A candle within which the platform itself traded. */
export interface Mark {
  readonly openTime: string;
  readonly source: 'buyback' | 'liquidation';
}

interface CandleChartOptions {
  readonly interval: Interval;
  /** The reader comes to the oldest candle. */
  readonly onEarliest: () => void;
  /** The candle that the reader points at. */
  readonly onPoint: (openTime: string | null) => void;
}

const volumeShade = 0.4;
const earliestWithin = 20;

function timeOf(openTime: string): Time {
  return (Date.parse(openTime) / 1_000) as Time;
}

function createCanvas(container: HTMLElement, interval: Interval) {
  const chart = createChartEx<Time, ReturnType<typeof timeScaleOf>>(
    container,
    timeScaleOf(interval),
    {
      autoSize: true,
      // Its logo would bring a style without a nonce; who made the library is said below the chart.
      layout: { attributionLogo: false, fontFamily: 'system-ui, sans-serif', fontSize: 12 },
      crosshair: { mode: CrosshairMode.Normal },
      localization: { timeFormatter: momentFormatter(interval) },
      timeScale: {
        timeVisible: true,
        secondsVisible: false,
        rightOffset: 4,
        tickMarkFormatter: markFormatter(interval),
      } as object,
      // A wheel that turns over the chart still scrolls the page where it moves straight.
      handleScroll: { vertTouchDrag: false },
    },
  );
  const candles = chart.addSeries(CandlestickSeries, {
    priceFormat: { type: 'price', precision: 6, minMove: 0.000001 },
  });
  const volume = chart.addSeries(HistogramSeries, {
    priceFormat: { type: 'volume' },
    priceScaleId: '',
    lastValueVisible: false,
    priceLineVisible: false,
  });
  candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.24 } });
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
  return { chart, candles, volume, marks: createSeriesMarkers<Time>(candles, []) };
}

export class CandleChart {
  private readonly canvas: ReturnType<typeof createCanvas>;
  private readonly leaveColours: () => void;
  private colours: Colours;
  private shown: readonly Candle[] = [];
  private shownMarks: readonly Mark[] = [];

  constructor(container: HTMLElement, { interval, onEarliest, onPoint }: CandleChartOptions) {
    this.canvas = createCanvas(container, interval);
    this.colours = readColours(container);
    this.paint();
    this.leaveColours = onColourChange(() => {
      this.colours = readColours(container);
      this.paint();
      this.drawAll();
      this.drawMarks();
    });
    const { chart } = this.canvas;
    chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && this.shown.length > 0 && range.from < earliestWithin) onEarliest();
    });
    chart.subscribeCrosshairMove(({ time }) => {
      onPoint(time === undefined ? null : new Date(Number(time) * 1_000).toISOString());
    });
  }

  show(candles: readonly Candle[]): void {
    const before = this.shown;
    this.shown = candles;
    const place = candles.findIndex((candle, index) => candle !== before[index]);
    if (place < 0 && candles.length === before.length) return;
    if (place < 0 || place < before.length - 1 || before.length === 0) return this.drawAll();
    for (const candle of candles.slice(place)) {
      this.canvas.candles.update(barOf(candle));
      this.canvas.volume.update(this.columnOf(candle));
    }
  }

  mark(marks: readonly Mark[]): void {
    this.shownMarks = marks;
    this.drawMarks();
  }

  /** To the newest candles. */
  showNewest(): void {
    this.canvas.chart.timeScale().scrollToRealTime();
  }

  remove(): void {
    this.leaveColours();
    this.canvas.chart.remove();
  }

  private drawAll(): void {
    this.canvas.candles.setData(this.shown.map(barOf));
    this.canvas.volume.setData(this.shown.map((candle) => this.columnOf(candle)));
  }

  private drawMarks(): void {
    const { accent, warning } = this.colours;
    this.canvas.marks.setMarkers(
      this.shownMarks.map(({ openTime, source }): SeriesMarker<Time> =>
        source === 'buyback'
          ? {
              time: timeOf(openTime),
              position: 'belowBar',
              shape: 'arrowUp',
              color: accent,
              text: 'buyback',
            }
          : {
              time: timeOf(openTime),
              position: 'aboveBar',
              shape: 'square',
              color: warning,
              text: 'liquidation',
            },
      ),
    );
  }

  private columnOf(candle: Candle): HistogramData<Time> {
    const isUp = Number(candle.close) >= Number(candle.open);
    return {
      time: timeOf(candle.openTime),
      value: Number(candle.volume),
      color: fade(isUp ? this.colours.up : this.colours.down, volumeShade),
    };
  }

  private paint(): void {
    const { card, faint, line, up, down } = this.colours;
    this.canvas.chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: card }, textColor: faint },
      grid: { vertLines: { color: fade(line, 0.5) }, horzLines: { color: fade(line, 0.5) } },
      rightPriceScale: { borderColor: line },
      timeScale: { borderColor: line },
    });
    this.canvas.candles.applyOptions({
      upColor: up,
      borderUpColor: up,
      wickUpColor: up,
      downColor: down,
      borderDownColor: down,
      wickDownColor: down,
    });
  }
}

function barOf({ openTime, open, high, low, close }: Candle): CandlestickData<Time> {
  return {
    time: timeOf(openTime),
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
  };
}
