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

interface World {
  close(): Promise<void>;
}

/**
 * Lives that would disturb each other: each has a world to itself, which one that begins later takes over. Worlds are
 * made one after the other, which keeps the processors busy; the first lives wait already.
 * @param atOnce so many worlds are made
 */
export function liveApart<W extends World>(
  atOnce: number,
  createWorld: () => Promise<W>,
  lives: Readonly<Record<string, (world: W) => Promise<void>>>,
): void {
  const worlds: W[] = [];
  const free: W[] = [];
  let lastMade: Promise<unknown> = Promise.resolve();

  function makeWorld(): Promise<W> {
    const made = lastMade.then(createWorld);
    lastMade = made.then(
      (world) => worlds.push(world),
      () => undefined,
    );
    return made;
  }

  async function liveIn(live: (world: W) => Promise<void>): Promise<void> {
    const world = free.shift() ?? (await makeWorld());
    await live(world);
    // One in which a life failed is left alone, so that the next does not fail for it.
    free.push(world);
  }

  afterAll(async () => {
    await Promise.all(worlds.map((world) => world.close()));
  });

  liveAtOnce(
    atOnce,
    Object.fromEntries(Object.entries(lives).map(([name, live]) => [name, () => liveIn(live)])),
  );
}
