// Lengths of the lifecycles' windows (DESIGN 2 and 5). `WINDOWS='{"predictionDispute":"5s"}'` shortens them
// for a try-out; tests pass their own. They reach workflows as arguments.
import { z } from 'zod';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Defaults in milliseconds. */
export const defaultWindows = {
  predictionExpiry: 14 * day,
  predictionDispute: 24 * hour,
  predictionRuling: 7 * day,
  predictionAutoVoid: 14 * day,
  warsRound: 7 * day,
  warsProvisional: 24 * hour,
  warsPerkChoice: 24 * hour,
  warsPerk: 7 * day,
  unstakeCooldown: 7 * day,
  governancePending: 24 * hour,
  governanceActive: 72 * hour,
  governanceExtension: 24 * hour,
  governanceQueued: 48 * hour,
  governanceExpiry: 7 * day,
  buybackSpread: hour,
  depositRedeemHold: 7 * day,
  markWarmUp: 30 * minute,
  videoPoll: 5 * second,
  videoDeadline: 6 * hour,
} as const;

export type WindowName = keyof typeof defaultWindows;
/** Every window's length in milliseconds. */
export type Windows = Readonly<Record<WindowName, number>>;

const unitsMs: Record<string, number> = { ms: 1, s: second, m: minute, h: hour, d: day };

const durationMs = z.string().transform((text, context) => {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (!match) {
    context.addIssue({
      code: 'custom',
      message: `"${text}" is no duration such as 500ms, 5s, 2m, 1h or 7d`,
    });
    return z.NEVER;
  }
  return Number(match[1]) * (unitsMs[match[2] ?? 'ms'] ?? 1);
});

const windowNames = Object.keys(defaultWindows) as [WindowName, ...WindowName[]];

/** The text of `WINDOWS`: a JSON object from window name to duration. Unknown names are refused. */
export const windowsSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'WINDOWS is not valid JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.partialRecord(z.enum(windowNames), durationMs))
  .transform((given): Windows => ({ ...defaultWindows, ...given }));

/** The windows that differ from the default, for start-up to print. */
export function changedWindows(windows: Windows): Partial<Record<WindowName, number>> {
  const changed = windowNames.filter((name) => windows[name] !== defaultWindows[name]);
  return Object.fromEntries(changed.map((name) => [name, windows[name]]));
}
