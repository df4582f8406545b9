// Lives of workflows that wait most of the time: all are lived at once, and each is a test of its own.

/** By what each shows. */
type Lives = Readonly<Record<string, () => Promise<void>>>;

export function liveAtOnce(lives: Lives): void {
  const lived = new Map<string, Promise<void>>();

  beforeAll(() => {
    for (const [name, live] of Object.entries(lives)) {
      const life = live();
      lived.set(name, life);
      // Its own test tells of it.
      life.catch(() => undefined);
    }
  });

  it.each(Object.keys(lives))('%s', async (name) => {
    await lived.get(name);
  });
}
