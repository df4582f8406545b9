// What one has, how it came to be so, and how Credits are paid out.
import { Balances } from '../account/balances-card';
import { RedemptionForm } from './redemption-form';
import { RedemptionsCard } from './redemptions-card';
import { StatementCard } from './statement-card';

export default function WalletPage() {
  return (
    <>
      <h1>Wallet</h1>
      <div className="cards">
        <Balances />
        <RedemptionForm />
      </div>
      <RedemptionsCard />
      <StatementCard />
    </>
  );
}
