// What one has, may do and has mined, and how the whole stands.
import { Link } from 'wouter';
import { Balances } from '../account/balances-card';
import { LevelCard } from './level-card';
import { MiningCard } from './mining-card';
import { NextBuybackCard } from './next-buyback-card';
import { SupplyCard } from './supply-card';
import { UsageCard } from './usage-card';

export default function OverviewPage() {
  return (
    <>
      <h1>Overview</h1>
      <div className="cards overview">
        <Balances aside={<Link href="/wallet">Statement</Link>} />
        <LevelCard />
        <MiningCard />
        <NextBuybackCard />
      </div>
      <UsageCard />
      <SupplyCard />
    </>
  );
}
