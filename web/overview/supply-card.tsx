// How much LCO there is, and how much was burned, day by day.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { SupplyChart } from '../charts/supply-chart';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts } from '../ui/facts';
import { Loaded } from '../ui/loaded';

const everyMs = 15_000;

export function SupplyCard() {
  const history = useQuery({
    queryKey: ['supply', 'history'],
    queryFn: () => answerOf(api.GET('/api/v1/supply/history')),
    refetchInterval: everyMs,
  });
  return (
    <Card title="Supply">
      <Loaded query={history}>
        {({ items }) => {
          const now = items.at(-1);
          return (
            <>
              {now && (
                <Facts
                  facts={[
                    ['Mined', <Amount key="minted" value={now.minted} unit="LCO" />],
                    ['Burned', <Amount key="burned" value={now.burned} unit="LCO" />],
                    ['In circulation', <Amount key="left" value={now.circulating} unit="LCO" />],
                  ]}
                />
              )}
              <SupplyChart points={items} />
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}
