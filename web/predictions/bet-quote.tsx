// What a bet would get at this moment.
import { Decimal } from 'decimal.js';
import { useTiers } from '../account/use-tiers';
import type { AnswerOf } from '../api/types';
import { useMe } from '../session/session';
import { Facts } from '../ui/facts';
import { formatBps } from '../ui/share';
import { Lco } from './lco';
import { formatFixed, formatProbability, outcomeWords, type Market } from './market-words';
import { netOf } from './payout';

type Quote = AnswerOf<'/api/v1/predictions/{id}/quote'>['quote'];

interface BetQuoteProps {
  readonly market: Market;
  readonly quote: Quote;
  /** It is of another bet: this one's is on its way. */
  readonly isStale: boolean;
  /** null: any number. */
  readonly minShares: string | null;
}

export function BetQuote({ market, quote, isStale, minShares }: BetQuoteProps) {
  const level = useMe().data?.tier.level;
  const terms = useTiers().data?.tiers.find((one) => one.level === level);
  const isFree = terms?.paysPredictionFee === false;
  const feeBps = isFree ? 0 : (market.feeBps ?? 0);
  const { stake, shares, floor, payout, averagePrice, price, probability, impact, side } = quote;
  const now = netOf(payout, stake, feeBps);
  const outcome = outcomeWords[side];
  return (
    <div className="bet-quote" data-stale={isStale || undefined} aria-busy={isStale}>
      <Facts
        facts={[
          ['Shares', formatFixed(shares, 4)],
          minShares !== null && ['Minimum shares, else refused', formatFixed(minShares, 4)],
          ['Average price', <Lco key="average" value={averagePrice} />],
          ['Price after', <Lco key="after" value={price} />],
          ['Price impact', impactOf(impact, market.pool[side].price)],
          ['Probability after', formatProbability(probability)],
        ]}
      />
      <h3>If it is {outcome}</h3>
      <Facts
        facts={[
          ['Minimum, before the fee', <Lco key="floor" value={floor} />],
          ['If betting ended now', <Lco key="payout" value={payout} />],
          terms && [
            isFree ? `Fee (none at ${level})` : `Fee (${formatBps(feeBps)} of the profit)`,
            <Lco key="fee" value={now.fee} />,
          ],
          terms && [
            'You would get',
            <strong key="net">
              <Lco value={now.net} />
            </strong>,
          ],
        ]}
      />
      <p className="unit">If it is not {outcome}, the bet is lost.</p>
    </div>
  );
}

/** `+0.1748 LCO (24.7%)` */
function impactOf(impact: string, before: string): string {
  const part = new Decimal(impact).div(before).times(100).toFixed(1);
  return `+${formatFixed(impact, 4)} LCO (${part}%)`;
}
