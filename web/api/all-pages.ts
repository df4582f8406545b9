// A list that the API answers page by page, to its end.

export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** As many as the API gives at once. */
export const mostAtOnce = 200;

/** @param ask takes no cursor for the first page @throws Problem */
export async function allPages<Item>(
  ask: (cursor: string | undefined) => Promise<ListPage<Item>>,
): Promise<Item[]> {
  const all: Item[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await ask(cursor);
    all.push(...items);
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}
