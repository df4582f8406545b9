// How long until a moment, second by second.
import { secondMs, useEachSecond } from './use-each-second';

/** `2 d 03:04:05` */
export function formatSpan(seconds: number): string {
  const left = Math.max(0, seconds);
  const days = Math.floor(left / 86_400);
  const clock = [left / 3_600, left / 60, left]
    .map((part, index) => Math.floor(part) % (index === 0 ? 24 : 60))
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  return days > 0 ? `${days} d ${clock}` : clock;
}

interface CountdownProps {
  /** ISO 8601. */
  readonly to: string;
  /** What stands there once it has come. */
  readonly over?: string;
}

/** It is not read out as it counts; where it points to is. */
export function Countdown({ to, over = 'now' }: CountdownProps) {
  const now = useEachSecond(() => Math.floor(Date.now() / secondMs));
  const left = Math.ceil(Date.parse(to) / secondMs) - now;
  return (
    <time className="figures" dateTime={to} title={to} role="timer" aria-live="off">
      {left > 0 ? formatSpan(left) : over}
    </time>
  );
}
