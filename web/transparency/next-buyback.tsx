// The next weekly buyback, as it would be from the books as they stand.
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Countdown } from '../ui/countdown';
import { Facts } from '../ui/facts';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { formatBps } from '../ui/share';
import { useNextBuyback } from './use-next-buyback';

export function NextBuyback() {
  const next = useNextBuyback();
  return (
    <Card title="Next buyback">
      <Loaded query={next}>
        {({ next: { at, ...expected } }) => (
          <>
            <p className="figure">
              <Countdown to={at} over="begins now" />
            </p>
            <Facts
              facts={[
                ['Begins', <Moment key="at" at={at} />],
                [
                  'Expected to buy and burn for',
                  <Amount key="burn" value={expected.burnBudget} unit="CREDIT" />,
                ],
                [
                  'Expected to buy prizes for',
                  <Amount key="prize" value={expected.prizeBudget} unit="CREDIT" />,
                ],
                [
                  'Relay profit so far',
                  <Amount key="profit" value={expected.profit} unit="CREDIT" />,
                ],
                ['Share of the profit', formatBps(expected.profitShareBps)],
                ['Slices', expected.slices],
                ['Most above the mark price', formatBps(expected.maxSlippageBps)],
                [
                  'Highest price now',
                  expected.priceCap === null ? (
                    'no mark price yet'
                  ) : (
                    <Amount key="cap" value={expected.priceCap} unit="CREDIT" />
                  ),
                ],
              ]}
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}
