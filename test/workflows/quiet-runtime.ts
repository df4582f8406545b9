// The SDK's runtime of tests, for those that need nothing else: a process that is killed soon begins faster.
import { IllegalStateError, Runtime } from '@temporalio/worker';

/** The SDK's log would drown the test's; what fails there fails here too. */
export function quietRuntime(): void {
  const ignore = () => undefined;
  try {
    Runtime.install({
      logger: {
        log: ignore,
        trace: ignore,
        debug: ignore,
        info: ignore,
        warn: ignore,
        error: ignore,
      },
      telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
    });
  } catch (error) {
    // It lives as long as there are workers, and was installed for the first of them.
    if (!(error instanceof IllegalStateError)) throw error;
  }
}
