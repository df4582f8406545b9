// What the platform says it owes to all users, and that what it owes to this one is in it.
import { useMutation, useQuery } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import { Problem } from '../api/problem';
import { useStandingError } from '../api/standing-error';
import { useMe } from '../session/session';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts } from '../ui/facts';
import { Moment } from '../ui/moment';
import { Loading } from '../ui/loading';
import { ProblemNotice } from '../ui/problem-notice';
import { askHead } from './log-head';
import { verifyLiability } from '../proofs/liability-checks';
import { pinnedKey } from './seen-head';
import { VerificationResult } from './verification-result';

const everyMs = 15_000;

/** null: there is none yet. */
async function unlessMissing<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  return asked.catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });
}

async function checkOwn(userId: string) {
  const root = await answerOf(api.GET('/api/v1/liabilities/root'));
  const query = { day: root.day };
  const proof = await unlessMissing(
    answerOf(api.GET('/api/v1/liabilities/proof', { params: { query } })),
  );
  if (!proof) return { root, proof };
  const { key } = await askHead();
  return { root, proof, verification: await verifyLiability(userId, root, proof, pinnedKey(key)) };
}

const conclusions = {
  holds: 'What you were owed is in the signed total.',
  fails: 'THE PROOF IS WRONG: what you were owed is not in the signed total.',
  unknown: 'Not all of it could be checked by this browser.',
} as const;

export function OwnLiability() {
  const me = useMe();
  const root = useQuery({
    queryKey: ['liabilities', 'root'],
    queryFn: () => unlessMissing(answerOf(api.GET('/api/v1/liabilities/root'))),
    refetchInterval: everyMs,
  });
  const error = useStandingError(root);
  const checking = useMutation({ mutationFn: checkOwn });
  const userId = me.data?.user.id;
  return (
    <Card title="What the platform owes">
      <p>
        Once a day everything that users are owed is added up and signed. You can check that your
        own balance is in the sum, without seeing anybody else’s.
      </p>
      <ProblemNotice error={error} isQuiet={root.dataUpdatedAt > 0} />
      {root.data === undefined && !error && <Loading />}
      {root.data === null && <p className="empty">No total has been published yet.</p>}
      {root.data && (
        <>
          <Facts
            facts={[
              ['Day (UTC)', root.data.day],
              ['Taken', <Moment key="at" at={root.data.takenAt} />],
              ['Users', root.data.users],
              ['Owed to all', <Amount key="credit" value={root.data.credit} unit="CREDIT" />],
              ['and', <Amount key="lco" value={root.data.lco} unit="LCO" />],
            ]}
          />
          <Button
            isDisabled={userId === undefined || checking.isPending}
            onPress={() => userId !== undefined && checking.mutate(userId)}
          >
            Verify my balance
          </Button>
        </>
      )}
      <ProblemNotice error={checking.error} />
      {checking.data && <OwnProof {...checking.data} />}
    </Card>
  );
}

function OwnProof({ root, proof, verification }: Awaited<ReturnType<typeof checkOwn>>) {
  if (!proof) {
    return (
      <p role="status">
        The total of {root.day} does not have you. That is right only if you never had anything
        before it was taken. (Proofs are kept for seven days.)
      </p>
    );
  }
  const { credit, lco } = proof.leaf;
  return (
    <>
      <p>
        On {root.day} you were owed <Amount value={credit} unit="CREDIT" /> and{' '}
        <Amount value={lco} unit="LCO" />, all that you had in every form. Compare it with what you
        had then.
      </p>
      {verification && <VerificationResult {...verification} conclusions={conclusions} />}
    </>
  );
}
