// Whether a moment has come, by this machine's clock; it changes by itself when it does.
import { useEachSecond } from '../ui/use-each-second';

/** @param at ISO 8601 */
export function useHasCome(at: string): boolean {
  return useEachSecond(() => Date.parse(at) <= Date.now());
}
