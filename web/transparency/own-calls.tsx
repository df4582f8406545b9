// That the user's own calls counted: each receipt against the signed root of its day.
import { useMutation } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import { Problem } from '../api/problem';
import { usePages } from '../api/use-pages';
import { useMe } from '../session/session';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import type { Column } from '../ui/data-table';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { ProblemNotice } from '../ui/problem-notice';
import { askHead } from './log-head';
import { verifyUsage, type Receipt, type UsageRoot } from '../proofs/usage-checks';
import { pinnedKey } from './seen-head';
import { VerificationResult } from './verification-result';

const everyMs = 15_000;
const atOnce = 10;

/** The signed root of a day: lists begin with the newest. */
async function findRoot(day: string): Promise<UsageRoot> {
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: { limit: number; cursor?: string } = { limit: 200, ...(cursor && { cursor }) };
    const page: { items: UsageRoot[]; nextCursor: string | null } = await answerOf(
      api.GET('/api/v1/usage-roots', { params: { query } }),
    );
    const found = page.items.find((root) => root.day === day);
    if (found) return found;
    cursor = page.nextCursor;
  }
  throw new Problem({ status: 404, title: `No root of ${day} is published` });
}

async function checkCall({ userId, receipt }: { userId: string; receipt: Receipt }) {
  const path = { requestId: receipt.requestId };
  const proof = await answerOf(api.GET('/api/v1/usage/{requestId}/proof', { params: { path } }));
  const [root, { key }] = await Promise.all([findRoot(receipt.at.slice(0, 10)), askHead()]);
  return {
    receipt,
    verification: await verifyUsage(userId, { receipt, proof, root, key: pinnedKey(key) }),
  };
}

const conclusions = {
  holds: 'The call counted as its receipt says.',
  fails: 'THE PROOF IS WRONG: the call is not in the signed root as its receipt says.',
  unknown: 'Not all of it could be checked by this browser.',
} as const;

const columns: readonly Column<Receipt>[] = [
  { name: 'When', isText: true, cell: ({ at }) => <Moment at={at} /> },
  { name: 'Model', isText: true, cell: ({ model }) => model },
  { name: 'Charge', cell: ({ charge }) => <Amount value={charge} unit="CREDIT" /> },
  { name: 'Mined', cell: ({ mined }) => <Amount value={mined} unit="LCO" /> },
];

export function OwnCalls() {
  const me = useMe();
  const calls = usePages({
    queryKey: ['own', 'calls', 'newest'],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/usage', {
          params: { query: { limit: atOnce, ...(cursor !== undefined && { cursor }) } },
        }),
      ),
    refetchInterval: everyMs,
  });
  const checking = useMutation({ mutationFn: checkCall });
  const userId = me.data?.user.id;
  const proof: Column<Receipt> = {
    name: 'Proof',
    isText: true,
    cell: (receipt) => (
      <Button
        aria-label={`Verify call ${receipt.requestId}`}
        isDisabled={userId === undefined || checking.isPending}
        onPress={() => userId !== undefined && checking.mutate({ userId, receipt })}
      >
        Verify
      </Button>
    ),
  };
  return (
    <Card title="My newest calls">
      <p>
        LCO are mined by paid calls only. The root of each day’s calls is published a few minutes
        after midnight UTC; from then on a receipt can be checked against it.
      </p>
      <PagedTable
        query={calls}
        caption="My newest calls"
        columns={[...columns, proof]}
        keyOf={({ requestId }) => requestId}
        isCurrent={({ requestId }) => requestId === checking.variables?.receipt.requestId}
        empty="You have made no call yet."
      />
      <ProblemNotice error={checking.error} />
      {checking.data && (
        <>
          <h3>
            Call of <Moment at={checking.data.receipt.at} />
          </h3>
          <VerificationResult {...checking.data.verification} conclusions={conclusions} />
        </>
      )}
    </Card>
  );
}
