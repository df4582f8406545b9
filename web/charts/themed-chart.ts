// A chart of lightweight-charts in the console's colours, which follows them when the system turns dark or light.
// The library's own logo brings a style that the policy refuses; its maker is named and linked below every page instead.
import {
  createChart,
  type DeepPartial,
  type IChartApi,
  type TimeChartOptions,
} from 'lightweight-charts';
import { onColourChange, readColours, type Colours } from './colours';

function optionsOf({ faint, line }: Colours): DeepPartial<TimeChartOptions> {
  return {
    autoSize: true,
    layout: { background: { color: 'transparent' }, textColor: faint },
    grid: { vertLines: { visible: false }, horzLines: { color: line } },
    timeScale: { borderColor: line, timeVisible: true, secondsVisible: false },
    rightPriceScale: { borderColor: line },
    // A page scrolls under a finger, and under a wheel.
    handleScroll: { vertTouchDrag: false, mouseWheel: false },
    handleScale: { mouseWheel: false },
  };
}

/**
 * @param onColours is told the colours at first and whenever they have changed
 * @returns what removes it
 */
export function openChart(
  container: HTMLElement,
  onColours: (chart: IChartApi, colours: Colours) => void,
): () => void {
  const chart = createChart(container, {
    localization: { locale: navigator.language },
    // Before the first options of ours it would be drawn, and its style be refused.
    layout: { attributionLogo: false },
  });
  const paint = () => {
    const colours = readColours(container);
    chart.applyOptions(optionsOf(colours));
    onColours(chart, colours);
  };
  paint();
  const leaveColours = onColourChange(paint);
  return () => {
    leaveColours();
    chart.remove();
  };
}
