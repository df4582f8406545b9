// Credits that exist and who holds them, and the head of the journal's hash chain.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts } from '../ui/facts';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';

const everyMs = 5_000;

export function Reserves() {
  const reserves = useQuery({
    queryKey: ['reserves'],
    queryFn: () => answerOf(api.GET('/api/v1/reserves')),
    refetchInterval: everyMs,
  });
  return (
    <Card title="Reserves">
      <p>Deposits less redemptions, reversals and upstream bills paid, and who holds them.</p>
      <Loaded query={reserves}>
        {({ outstanding, users, platform, payable, losses }) => (
          <Facts
            facts={[
              ['Outstanding', <Amount key="outstanding" value={outstanding} unit="CREDIT" />],
              ['Held by users', <Amount key="users" value={users} unit="CREDIT" />],
              ['Held by the platform', <Amount key="platform" value={platform} unit="CREDIT" />],
              ['Owed to upstreams', <Amount key="payable" value={payable} unit="CREDIT" />],
              ['Losses not covered yet', <Amount key="losses" value={losses} unit="CREDIT" />],
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}

export function JournalHead() {
  const head = useQuery({
    queryKey: ['journal', 'head'],
    queryFn: () => answerOf(api.GET('/api/v1/journal/head')),
    refetchInterval: everyMs,
  });
  return (
    <Card title="Head of the journal">
      <p>
        Each batch of the ledger carries the hash of the one before. Note this head today, and an
        audit can be asked later whether the journal still leads to it.
      </p>
      <Loaded query={head}>
        {({ sequence, hash, at }) => (
          <Facts
            facts={[
              ['Batch', sequence],
              ['Committed', <Moment key="at" at={at} />],
              ['Hash', <code key="hash">{hash}</code>],
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}
