// What the position would be if it were opened now: the API's own figures, or why it would be refused.
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts } from '../ui/facts';
import { Gauge } from '../ui/gauge';
import { Loading } from '../ui/loading';
import { ProblemNotice } from '../ui/problem-notice';
import { formatShare } from '../ui/share';
import type { Quote, Terms, useQuote } from './margin-data';
import { distanceText, nearnessOf } from './margin-text';
import { Price } from './price';

interface QuoteCardProps {
  readonly quote: ReturnType<typeof useQuote>;
  readonly terms: Terms;
}

export function QuoteCard({ quote, terms }: QuoteCardProps) {
  const { data, error, isPlaceholderData, isBehind, fetchStatus } = quote;
  return (
    <Card title="Before you open it">
      {error ? (
        <ProblemNotice error={error} isQuiet />
      ) : data ? (
        <div className="quote" data-behind={isPlaceholderData || isBehind || undefined}>
          <QuoteFigures quote={data} terms={terms} />
        </div>
      ) : fetchStatus === 'fetching' ? (
        <Loading />
      ) : (
        <p className="empty">
          Write the collateral: what you would borrow, its price, and where it would be liquidated
          are shown here first.
        </p>
      )}
    </Card>
  );
}

function QuoteFigures({ quote, terms }: { readonly quote: Quote; readonly terms: Terms }) {
  const { mark, marginRatio, maintenanceRatio, liquidationPrice, bankruptcyPrice } = quote;
  const distance = (price: string) => mark && <small>{distanceText(price, mark)}</small>;
  return (
    <>
      {marginRatio && <RatioGauge ratio={marginRatio} maintenance={maintenanceRatio} />}
      <Facts
        facts={[
          ['Exposure', <Amount value={quote.exposure} unit="Credits" />],
          ['Size', <Amount value={quote.quantity} unit="LCO" />],
          [
            'Borrowed',
            <>
              <Amount value={quote.debt} unit={quote.debtAsset} />
              <small>at {formatShare(quote.borrowRate)} a year; the rate moves with the pool</small>
            </>,
          ],
          ['Expected entry price', <Price value={quote.entryPrice} />],
          mark !== null && ['Mark price', <Price value={mark} />],
          [
            'Fee',
            <>
              <Amount value={quote.fee} unit="Credits" />
              <small>{terms.takerFeeBps / 100}%; as much again of what closes it</small>
            </>,
          ],
          [
            'Liquidation price',
            liquidationPrice ? (
              <>
                <Price value={liquidationPrice} />
                {distance(liquidationPrice)}
              </>
            ) : (
              'none: nothing is owed'
            ),
          ],
          bankruptcyPrice !== null && [
            'Bankruptcy price',
            <>
              <Price value={bankruptcyPrice} />
              {distance(bankruptcyPrice)}
            </>,
          ],
        ]}
      />
    </>
  );
}

interface RatioGaugeProps {
  readonly ratio: string;
  readonly maintenance: string;
}

export function RatioGauge({ ratio, maintenance }: RatioGaugeProps) {
  const { tone, words, share } = nearnessOf(ratio, maintenance);
  return (
    <Gauge
      label="Margin ratio"
      share={share}
      tone={tone}
      text={`${formatShare(ratio)}, ${words} (liquidated below ${formatShare(maintenance)})`}
    />
  );
}
