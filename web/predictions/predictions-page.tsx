// Predictions: all markets, one of them, or the form that proposes one.
import { useParams } from 'wouter';
import { MarketPage } from './market-page';
import { MarketsPage } from './markets-page';
import { newMarketId, ProposePage } from './propose-page';

export default function PredictionsPage() {
  const { id } = useParams<{ id?: string }>();
  if (id === undefined) return <MarketsPage />;
  return id === newMarketId ? <ProposePage /> : <MarketPage id={id} />;
}
