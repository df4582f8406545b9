// The burn log's signed head: how many burns it covers, whether the log's key signed it, and whether it goes on from the head
// that this tab saw first.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { isUnanswered } from '../api/wish';
import { Card } from '../ui/card';
import { Facts } from '../ui/facts';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { verdictOf } from '../proofs/check';
import { verifyHead } from '../proofs/head-checks';
import { firstSeenHead, rememberHead } from './seen-head';
import { VerificationResult } from './verification-result';

const everyMs = 5_000;

export async function askHead() {
  const headers = { Accept: 'application/json' };
  const [head, { key }] = await Promise.all([
    answerOf(api.GET('/api/v1/burns/head', { headers })),
    answerOf(api.GET('/api/v1/burns/key', { headers })),
  ]);
  return { ...head, key };
}

/** What is refused proves nothing: then the path is empty, and leads nowhere. */
async function askPath(from: number, to: number): Promise<readonly string[]> {
  const query = { from, to };
  const asked = answerOf(api.GET('/api/v1/burns/consistency', { params: { query } }));
  return asked.then(
    ({ path }) => path,
    (error: unknown) => {
      if (isUnanswered(error)) throw error;
      return [];
    },
  );
}

/** Checked, and held against the one that this tab saw first. */
export async function askVerifiedHead() {
  const head = await askHead();
  const first = firstSeenHead();
  const verification = await verifyHead(head, head.key, first, askPath);
  if (verdictOf(verification.checks) !== 'fails') {
    const { checkpoint, key } = head;
    rememberHead({ checkpoint, key, seenAt: new Date().toISOString() });
  }
  return { ...head, verification, first: firstSeenHead() };
}

const conclusions = {
  holds: 'The head is sound.',
  fails: 'THE HEAD IS WRONG. Keep a picture of this page: it is evidence.',
  unknown: 'Not all of the head could be checked by this browser.',
} as const;

export function LogHead() {
  const head = useQuery({
    queryKey: ['burns', 'head'],
    queryFn: askVerifiedHead,
    refetchInterval: everyMs,
  });
  return (
    <Card title="Head of the burn log">
      <p>
        The log’s key signs its size and root. Whoever kept a head can prove later that a burn was
        changed or removed.
      </p>
      <Loaded query={head}>
        {({ size, root, key, checkpoint, verification, first }) => (
          <>
            <Facts
              facts={[
                ['Burns', size],
                ['Root', <code key="root">{root}</code>],
                ['Key', <code key="key">{key}</code>],
                first && ['First seen by this tab', <Moment key="first" at={first.seenAt} />],
              ]}
            />
            <VerificationResult {...verification} conclusions={conclusions} />
            <details>
              <summary>The signed head</summary>
              <pre className="wrapped">{checkpoint}</pre>
              <p>
                A key that comes from the server alone proves little: compare it with what the
                operator publishes elsewhere. A new tab begins anew with what it sees first.
              </p>
            </details>
          </>
        )}
      </Loaded>
    </Card>
  );
}
