// Users by their ids, as people know them: the API names them by ids where operators look.
import { useQuery } from '@tanstack/react-query';
import DataLoader from 'dataloader';
import { Link } from 'wouter';
import { mostAtOnce } from '../api/all-pages';
import { answerOf, api } from '../api/client';
import { Problem } from '../api/problem';

const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** E-mail addresses are no longer. */
const longestName = 254;

function askUsers(filter: { readonly name: string } | { readonly ids: string }) {
  const query = { ...filter, limit: mostAtOnce };
  return answerOf(api.GET('/api/v1/admin/users', { params: { query } }));
}

/** Those that a page shows are asked for at once; what was found is the query's to keep. */
const handles = new DataLoader<string, string | null>(
  async (ids) => {
    const { items } = await askUsers({ ids: ids.join(',') });
    const found = new Map(items.map(({ id, handle }) => [id, handle]));
    return ids.map((id) => found.get(id) ?? null);
  },
  { maxBatchSize: mostAtOnce, cache: false },
);

/** Their handle, which leads to what operators know of them. */
export function Who({ id, nobody }: { readonly id: string | null; readonly nobody: string }) {
  const found = useQuery({
    queryKey: ['operator', 'who', id],
    queryFn: () => handles.load(id ?? ''),
    enabled: id !== null,
    staleTime: 'static',
  });
  if (id === null) return <>{nobody}</>;
  return <Link href={`/operator/users/${id}`}>{found.data ?? id.slice(0, 8)}</Link>;
}

/**
 * The id of somebody who was named by handle, e-mail address or id.
 * @param field that they were named in
 * @throws Problem when there is nobody of that name
 */
export async function userIdOf(named: string, field: string): Promise<string> {
  const text = named.trim();
  // What is missing is for the API to say.
  if (text === '' || idPattern.test(text)) return text;
  const { items } = text.length > longestName ? { items: [] } : await askUsers({ name: text });
  if (items[0]) return items[0].id;
  const message = 'There is no user of this handle or e-mail address.';
  throw new Problem({
    ...{ status: 404, title: 'User not found', detail: message },
    errors: [{ path: field, message }],
  });
}
