// What waits for an operator, and what is under way that an operator may stop or steer.
import type { ReactNode } from 'react';
import { Acts } from './acts';
import { BeginBuyback, BuybackItem } from './buyback-items';
import { DepositItem } from './deposit-items';
import { AnnounceImo } from './imo-form';
import { ImoItem } from './imo-items';
import { MarketItem } from './market-items';
import { ProposalItem } from './proposal-items';
import { Queue } from './queue';
import { QueueCounts } from './queue-counts';
import {
  isBuybackRunning,
  isImoRunning,
  isProvisional,
  useBuybacks,
  useDeposits,
  useImos,
  useMarkets,
  useProposals,
  useRedemptions,
  useRounds,
} from './queue-lists';
import { RedemptionItem } from './redemption-items';
import { RoundItem } from './war-items';
import { useWorkflowLinks } from './workflow-link';

export default function QueuesPage() {
  return (
    <>
      <h1>Queues</h1>
      <Links />
      <QueueCounts />
      <div className="queues">
        <Deposits />
        <Redemptions />
        <MarketProposals />
        <MarketsToDecide />
        <Rounds />
        <Proposals />
        <Buybacks />
        <Imos />
        <RunningMarkets />
      </div>
    </>
  );
}

function Links() {
  const schedules = useWorkflowLinks().data?.schedulesUrl;
  return (
    <p className="operator-links">
      {schedules && (
        <a href={schedules} target="_blank" rel="noreferrer">
          Schedules in the Temporal UI
        </a>
      )}
      <a href="/docs/" target="_blank" rel="noreferrer">
        API documentation
      </a>
    </p>
  );
}

const idOf = ({ id }: { readonly id: string }) => id;

function Deposits() {
  return (
    <Queue
      title="Deposits that await a second operator"
      id="deposits"
      lists={[useDeposits('awaiting_second')]}
      keyOf={idOf}
      empty="No deposit waits."
      item={(deposit) => <DepositItem deposit={deposit} />}
    />
  );
}

function Redemptions() {
  return (
    <Queue
      title="Redemptions"
      id="redemptions"
      lists={[useRedemptions('awaiting_second'), useRedemptions('pending')]}
      keyOf={idOf}
      empty="No redemption waits."
      item={(redemption) => <RedemptionItem redemption={redemption} />}
    />
  );
}

const marketItem = (market: Parameters<typeof MarketItem>[0]['market']): ReactNode => (
  <MarketItem market={market} />
);

function MarketProposals() {
  return (
    <Queue
      title="Proposed markets"
      id="proposed-markets"
      lists={[useMarkets('proposed')]}
      keyOf={idOf}
      empty="No market is proposed."
      item={marketItem}
    />
  );
}

function MarketsToDecide() {
  return (
    <Queue
      title="Markets to resolve or rule on"
      id="markets-to-decide"
      lists={[useMarkets('disputed'), useMarkets('locked')]}
      keyOf={idOf}
      empty="No market waits for its outcome."
      item={marketItem}
    />
  );
}

function RunningMarkets() {
  return (
    <Queue
      title="Markets under way"
      id="running-markets"
      lists={[useMarkets('resolution_proposed'), useMarkets('open')]}
      keyOf={idOf}
      empty="No market is open."
      item={marketItem}
    />
  );
}

function Rounds() {
  return (
    <Queue
      title="Compute Wars: provisional rankings"
      id="wars"
      lists={[useRounds()]}
      isIn={isProvisional}
      keyOf={idOf}
      empty="No ranking is provisional."
      item={(round) => <RoundItem round={round} />}
    />
  );
}

function Proposals() {
  return (
    <Queue
      title="Governance proposals"
      id="proposals"
      lists={[useProposals('queued'), useProposals('active'), useProposals('pending')]}
      keyOf={idOf}
      empty="No proposal is under way."
      item={(proposal) => <ProposalItem proposal={proposal} />}
    />
  );
}

function Buybacks() {
  return (
    <Queue
      title="Buybacks"
      id="buybacks"
      lists={[useBuybacks()]}
      isIn={isBuybackRunning}
      keyOf={idOf}
      empty="No buyback is under way."
      item={(buyback) => <BuybackItem buyback={buyback} />}
    >
      <Acts
        acts={[{ name: 'Extra buyback', form: (onDone) => <BeginBuyback onDone={onDone} /> }]}
      />
    </Queue>
  );
}

function Imos() {
  return (
    <Queue
      title="IMOs"
      id="imos"
      lists={[useImos()]}
      isIn={isImoRunning}
      keyOf={idOf}
      empty="No IMO is under way."
      item={(imo) => <ImoItem imo={imo} />}
    >
      <Acts
        acts={[{ name: 'Announce an IMO', form: (onDone) => <AnnounceImo onDone={onDone} /> }]}
      />
    </Queue>
  );
}
