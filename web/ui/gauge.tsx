// How full something is: with its words, for what a bar shows alone is not read out.
import { Label, Meter } from 'react-aria-components';

interface GaugeProps {
  readonly label: string;
  /** From 0 to 1, for the bar's length alone. */
  readonly share: number;
  /** What it says. */
  readonly text: string;
  readonly tone?: 'good' | 'warning' | 'danger';
}

export function Gauge({ label, share, text, tone = 'good' }: GaugeProps) {
  const percent = Math.min(100, Math.max(0, share * 100));
  return (
    <Meter className="gauge" value={percent} valueLabel={text} data-tone={tone}>
      <div className="gauge-words">
        <Label>{label}</Label>
        <span className="figures">{text}</span>
      </div>
      <svg className="gauge-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="4" className="gauge-track" />
        <rect width={percent} height="4" className="gauge-fill" />
      </svg>
    </Meter>
  );
}
