// Every burn, newest first, each with a button that checks it in this browser.
import { useEffect, useRef } from 'react';
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import { usePages } from '../api/use-pages';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Loading } from '../ui/loading';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { ProblemNotice } from '../ui/problem-notice';
import { useBurnCheck } from './burn-check';
import { verdictOf, type Verdict } from '../proofs/check';
import type { Burn } from '../proofs/burn-checks';
import { VerdictMark, VerificationResult } from './verification-result';

const everyMs = 5_000;
const pageSize = 20;

export const burnKinds: Readonly<Record<Burn['kind'], string>> = {
  buyback: 'Buyback',
  prediction_fee: 'Prediction fees',
  bond: 'Lost bond',
};

export interface ChosenBurn {
  readonly seq: number;
  /** Another each time that it is chosen. */
  readonly turn: number;
}

interface BurnLogProps {
  /** The burn whose verification is shown; null: none. */
  readonly chosen: ChosenBurn | null;
  readonly onChoose: (seq: number) => void;
}

export function BurnLog({ chosen, onChoose }: BurnLogProps) {
  const burns = usePages({
    queryKey: ['burns', 'list'],
    ask: (cursor) => {
      const query = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
      return answerOf(api.GET('/api/v1/burns', { params: { query } }));
    },
    refetchInterval: everyMs,
  });
  return (
    <Card title="Burns">
      <p>Verify asks for a burn and its proof, and computes every hash here in your browser.</p>
      <PagedTable
        query={burns}
        caption="Burns"
        columns={[
          { name: 'Burn', cell: ({ seq }) => `#${seq}` },
          { name: 'When', isText: true, cell: ({ at }) => <Moment at={at} /> },
          { name: 'For', isText: true, cell: ({ kind }) => burnKinds[kind] },
          { name: 'Amount', cell: ({ amount }) => <Amount value={amount} unit="LCO" /> },
          {
            name: 'Supply after',
            cell: ({ supplyAfter }) => <Amount value={supplyAfter} unit="LCO" />,
          },
          {
            name: 'Proof',
            isText: true,
            cell: (burn) => <VerifyCell burn={burn} onChoose={onChoose} />,
          },
        ]}
        keyOf={({ seq }) => String(seq)}
        isCurrent={({ seq }) => seq === chosen?.seq}
        empty="Nothing has been burned yet. The first buyback will burn what it buys."
      />
      {chosen !== null && (
        <BurnVerification
          key={chosen.turn}
          seq={chosen.seq}
          listed={burns.data?.find(({ seq }) => seq === chosen.seq)}
        />
      )}
    </Card>
  );
}

const verdicts: Readonly<Record<Verdict, string>> = {
  holds: 'verified',
  fails: 'WRONG',
  unknown: 'partly checked',
};

function VerifyCell({ burn, onChoose }: { readonly burn: Burn } & Pick<BurnLogProps, 'onChoose'>) {
  const { data } = useBurnCheck(burn.seq, burn);
  const verdict = data && verdictOf(data.checks);
  return (
    <span className="verify-cell">
      <Button aria-label={`Verify burn ${burn.seq}`} onPress={() => onChoose(burn.seq)}>
        Verify
      </Button>
      {verdict && <VerdictMark verdict={verdict}>{verdicts[verdict]}</VerdictMark>}
    </span>
  );
}

/** Verifies it as soon as it is chosen. */
function BurnVerification({
  seq,
  listed,
}: {
  readonly seq: number;
  readonly listed: Burn | undefined;
}) {
  const { data, error, isFetching, refetch } = useBurnCheck(seq, listed);
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    void refetch().then(() => place.current?.scrollIntoView({ block: 'nearest' }));
  }, [refetch]);
  return (
    <section ref={place} aria-label={`Verification of burn ${seq}`} className="verified">
      <h3>Burn #{seq}</h3>
      {isFetching ? <Loading /> : <ProblemNotice error={error} />}
      {data && !error && !isFetching && (
        <>
          <p>
            <Amount value={data.record.amount} unit="LCO" /> burned <Moment at={data.record.at} />,
            for <code>{data.record.sourceRef}</code>
          </p>
          <VerificationResult
            checks={data.checks}
            climb={data.climb}
            conclusions={{
              holds: `Burn #${seq} is in the signed log as shown.`,
              fails: `BURN #${seq} IS WRONG: it is not in the signed log as shown.`,
              unknown: `Burn #${seq} could not be checked completely by this browser.`,
            }}
          />
        </>
      )}
      {!isFetching && <Button onPress={() => void refetch()}>Verify again</Button>}
    </section>
  );
}
