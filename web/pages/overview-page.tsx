// What one has, may do and has mined, and how the whole stands.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { useMe } from '../session/session';
import { Amount } from '../ui/amount';
import { ProblemNotice } from '../ui/problem-notice';

const everyMs = 5_000;

export default function OverviewPage() {
  return (
    <>
      <h1>Overview</h1>
      <div className="cards">
        <Balances />
        <Tier />
        <Mining />
        <Supply />
      </div>
    </>
  );
}

function Balances() {
  const { data, error } = useQuery({
    queryKey: ['balances'],
    queryFn: () => answerOf(api.GET('/api/v1/balances')),
    refetchInterval: everyMs,
  });
  return (
    <section aria-labelledby="balances">
      <h2 id="balances">Balances</h2>
      <ProblemNotice error={error} />
      <dl>
        {data?.balances.map(({ asset, available, total }) => (
          <div key={asset}>
            <dt>{asset === 'CREDIT' ? 'Credits' : 'L-Coin'}</dt>
            <dd>
              <Amount value={available} unit={asset} />
              {available !== total && (
                <small>
                  of <Amount value={total} unit={asset} />, the rest is held
                </small>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Tier() {
  const { data } = useMe();
  return (
    <section aria-labelledby="tier">
      <h2 id="tier">Level</h2>
      <p className="figure">{data?.tier.level}</p>
      <p>
        {data?.entitlements.length === 0
          ? 'No rights beyond those of the level.'
          : 'With rights beyond those of the level.'}
      </p>
    </section>
  );
}

function Mining() {
  const { data, error } = useQuery({
    queryKey: ['mining'],
    queryFn: () => answerOf(api.GET('/api/v1/mining')),
    refetchInterval: everyMs,
  });
  return (
    <section aria-labelledby="mining">
      <h2 id="mining">Mining</h2>
      <ProblemNotice error={error} />
      {data && (
        <>
          <p className="figure">
            <Amount value={data.ratePerCredit} unit="LCO a Credit" />
          </p>
          <p>
            Epoch {data.epoch}; <Amount value={data.remainingInEpoch} unit="LCO" /> to the next
            halving.
          </p>
        </>
      )}
    </section>
  );
}

function Supply() {
  const { data, error } = useQuery({
    queryKey: ['supply'],
    queryFn: () => answerOf(api.GET('/api/v1/supply')),
    refetchInterval: everyMs,
  });
  return (
    <section aria-labelledby="supply">
      <h2 id="supply">Supply</h2>
      <ProblemNotice error={error} />
      {data && (
        <dl>
          <div>
            <dt>In circulation</dt>
            <dd>
              <Amount value={data.circulating} unit="LCO" />
            </dd>
          </div>
          <div>
            <dt>Burned</dt>
            <dd>
              <Amount value={data.burned} unit="LCO" />
            </dd>
          </div>
        </dl>
      )}
    </section>
  );
}
