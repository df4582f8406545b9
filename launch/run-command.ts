// How a command of `npm run` ends: what went wrong is told in words, without a stack, and by the exit code.

export function runCommand(main: () => Promise<void>, failureCode = 1): void {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = failureCode;
  });
}
