// What anybody may check: burns, buybacks, the supply, what the platform owes, and how to check it all without this page.
import { useState } from 'react';
import { JournalHead, Reserves } from './books';
import { BurnLog, type ChosenBurn } from './burn-log';
import { Buybacks } from './buybacks';
import { LogHead } from './log-head';
import { NextBuyback } from './next-buyback';
import { OwnCalls } from './own-calls';
import { OwnLiability } from './own-liability';
import { SelfAudit } from './self-audit';
import { Supply, SupplyHistory } from './supply';

export default function TransparencyPage() {
  const [burn, setBurn] = useState<ChosenBurn | null>(null);
  // Asked for again, it is verified again.
  const verify = (seq: number) => setBurn((last) => ({ seq, turn: (last?.turn ?? 0) + 1 }));
  return (
    <>
      <h1>Transparency</h1>
      <p>
        Nothing here has to be believed: your browser computes the hashes and checks the signatures
        itself.
      </p>
      <div className="cards wide-cards">
        <Supply />
        <SupplyHistory />
        <NextBuyback />
        <LogHead />
      </div>
      <BurnLog chosen={burn} onChoose={verify} />
      <Buybacks onBurn={verify} />
      <div className="cards wide-cards">
        <OwnLiability />
        <Reserves />
        <JournalHead />
      </div>
      <OwnCalls />
      <SelfAudit />
    </>
  );
}
