// The supply of LCO now and over time.
import { useQuery } from '@tanstack/react-query';
import { Decimal } from 'decimal.js';
import { useState } from 'react';
import { answerOf, api } from '../api/client';
import { SupplyChart } from '../charts/supply-chart';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts } from '../ui/facts';
import { Gauge } from '../ui/gauge';
import { Loaded } from '../ui/loaded';
import { Select } from '../ui/select';
import { formatShare } from '../ui/share';

const everyMs = 5_000;
const historyEveryMs = 30_000;

export function Supply() {
  const supply = useQuery({
    queryKey: ['supply'],
    queryFn: () => answerOf(api.GET('/api/v1/supply')),
    refetchInterval: everyMs,
  });
  return (
    <Card title="Supply of LCO">
      <Loaded query={supply}>
        {({ minted, maximum, burned, circulating, staked }) => {
          const share = new Decimal(minted).div(maximum);
          return (
            <>
              <Gauge
                label="Mined of all there will ever be"
                share={share.toNumber()}
                text={formatShare(share.toFixed())}
              />
              <Facts
                facts={[
                  ['Maximum', <Amount key="maximum" value={maximum} unit="LCO" />],
                  ['Mined', <Amount key="minted" value={minted} unit="LCO" />],
                  ['Burned', <Amount key="burned" value={burned} unit="LCO" />],
                  ['Circulating', <Amount key="circulating" value={circulating} unit="LCO" />],
                  ['of which staked', <Amount key="staked" value={staked} unit="LCO" />],
                ]}
              />
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}

const spans = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'A year'],
  ['3660', 'All'],
] as const;
type Span = (typeof spans)[number][0];

export function SupplyHistory() {
  const [days, setDays] = useState<Span>('90');
  const history = useQuery({
    queryKey: ['supply', 'history', days],
    queryFn: () =>
      answerOf(api.GET('/api/v1/supply/history', { params: { query: { days: Number(days) } } })),
    refetchInterval: historyEveryMs,
    placeholderData: (before) => before,
  });
  return (
    <Card title="Supply over time">
      <Select label="Span" options={spans} value={days} onChange={setDays} />
      <Loaded query={history}>{({ items }) => <SupplyChart points={items} />}</Loaded>
    </Card>
  );
}
