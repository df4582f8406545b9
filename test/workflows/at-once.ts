// Lives of workflows that wait most of the time: some are lived at once, and each is a test of its own.

/** By what each shows. */
type Lives = Readonly<Record<string, () => Promise<void>>>;

/** @param atOnce so many begin together, in their order, and another when one has ended */
export function liveAtOnce(atOnce: number, lives: Lives): void {
  const waiting = Object.entries(lives).map(([name, live]) => {
    let begin = () => undefined as void;
    const life = new Promise<void>((resolve) => (begin = resolve)).then(live);
    // Its own test tells of it.
    life.catch(() => undefined);
    return { name, life, begin: () => begin() };
  });
  const left = [...waiting];

  async function liveOneAfterTheOther(): Promise<void> {
    for (let next = left.shift(); next; next = left.shift()) {
      next.begin();
      await next.life.catch(() => undefined);
    }
  }

  beforeAll(() => {
    for (let i = 0; i < atOnce; i++) void liveOneAfterTheOther();
  });

  it.each(waiting)('$name', ({ life }) => life);
}
