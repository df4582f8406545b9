// Work that is done one piece after the other, of each user in turn: whoever sends much waits for themselves.

type TakeTurn = <Result>(userId: string, work: () => Promise<Result>) => Promise<Result>;

export function createUserTurns(): TakeTurn {
  /** What waits, by user; whose turn comes first stands first. */
  const waiting = new Map<string, (() => Promise<void>)[]>();
  let isWorking = false;

  async function workOn(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    for (;;) {
      const [next] = waiting;
      if (!next) break;
      const [userId, works] = next;
      const work = works.shift();
      waiting.delete(userId);
      if (works.length > 0) waiting.set(userId, works);
      await work?.();
    }
    isWorking = false;
  }

  return (userId, work) =>
    new Promise((resolve, reject) => {
      const works = waiting.get(userId) ?? [];
      works.push(() => work().then(resolve, reject));
      waiting.set(userId, works);
      void workOn();
    });
}
