// Jest's global tear-down: stops what global-setup.ts started.
import { stopEnginesKey } from './global-setup';

export default async function tearDown(): Promise<void> {
  const stop = (globalThis as Record<symbol, unknown>)[stopEnginesKey];
  if (typeof stop === 'function') await (stop as () => Promise<void>)();
}
