// The files of a page or a chart are asked for when it is first opened; an API that is away then is waited for.
const everyMs = 1_000;
/** A restart takes a moment. */
const leastAttempts = 3;

async function isApiThere(): Promise<boolean> {
  return fetch('/healthz', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** @throws what the import throws though the API answers: the files are gone */
export async function loadFiles<Module>(load: () => Promise<Module>): Promise<Module> {
  for (let attempt = 1; ; attempt++) {
    // Before, for it may come back between the attempt and the question.
    const isThere = attempt >= leastAttempts && (await isApiThere());
    try {
      return await load();
    } catch (error) {
      if (isThere) throw error;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}
