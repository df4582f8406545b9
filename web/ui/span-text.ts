// How long something lasts, in words: lengths are the instance's to set.

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** `7 days`, `24 hours`, `90 seconds`: in the largest unit of which it is several, and whole. */
export function spanText(ms: number): string {
  const [name, unitMs] = units.find(([, unit]) => ms % unit === 0 && ms > unit) ?? [
    'second',
    1_000,
  ];
  const count = ms / unitMs;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
