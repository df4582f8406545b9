// Friday's buyback: when, and how much as the books stand.
import { Link } from 'wouter';
import { useNextBuyback } from '../transparency/use-next-buyback';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Countdown } from '../ui/countdown';
import { Facts } from '../ui/facts';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';

export function NextBuybackCard() {
  const next = useNextBuyback();
  return (
    <Card title="Next buyback" aside={<Link href="/transparency">Burned so far</Link>}>
      <Loaded query={next}>
        {({ next: { at, profit, burnBudget, prizeBudget } }) => (
          <>
            <p className="figure">
              <Countdown to={at} over="under way" />
            </p>
            <Facts
              facts={[
                ['Begins', <Moment key="at" at={at} />],
                ['Profit so far', <Amount key="profit" value={profit} unit="CREDIT" />],
                ['To buy and burn', <Amount key="burn" value={burnBudget} unit="CREDIT" />],
                ['To buy for prizes', <Amount key="prize" value={prizeBudget} unit="CREDIT" />],
              ]}
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}
