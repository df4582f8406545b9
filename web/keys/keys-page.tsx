// Keys: what each may do and has spent, making one, and revoking one.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { Loaded } from '../ui/loaded';
import { KeyCard } from './key-card';
import { keysKey } from './keys';
import { MakeKey } from './make-key';

const everyMs = 10_000;

export default function KeysPage() {
  const keys = useQuery({
    queryKey: keysKey,
    queryFn: () => answerOf(api.GET('/api/v1/api-keys')),
    refetchInterval: everyMs,
  });
  return (
    <>
      <h1>Keys</h1>
      <MakeKey />
      <Loaded query={keys}>
        {({ items }) =>
          items.length === 0 ? (
            <p>There are no keys yet.</p>
          ) : (
            items.map((key) => <KeyCard key={key.id} apiKey={key} />)
          )
        }
      </Loaded>
    </>
  );
}
