import { waitUntil } from '../../launch/processes';

/** Waits for a condition; fails the test when it does not come true in ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  if (!(await waitUntil(condition, 10_000)))
    throw new Error(`never came true: ${String(condition)}`);
}
