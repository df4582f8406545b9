// Loaded into the API process before its own code (`--require`, with `--expose-gc`): says, when it is asked, how much
// memory is left in use once the garbage is out.

export interface MemoryUse {
  readonly rssBytes: number;
  readonly heapBytes: number;
}

process.on('message', () => {
  // What finalizers let go of in the first is collected in the second.
  gc?.();
  gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const use: MemoryUse = { rssBytes: rss, heapBytes: heapUsed };
  process.send?.(use);
});
