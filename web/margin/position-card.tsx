// One open position: how near it is to its liquidation, what it holds and owes, and its owner's ways out.
import { Decimal } from 'decimal.js';
import type { ComponentProps } from 'react';
import { Amount, groupDigits } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts } from '../ui/facts';
import { Moment } from '../ui/moment';
import { ShortId } from '../ui/short-id';
import { CloseForm } from './close-form';
import { CollateralForm } from './collateral-form';
import type { Position } from './margin-data';
import { distanceText, nameOfSide } from './margin-text';
import { PositionHistory } from './position-history';
import { PositionNotice } from './position-notice';
import { Price } from './price';
import { Profit } from './profit';
import { RatioGauge } from './quote-card';
import { TriggersForm } from './triggers-form';
import { Unfolding } from './unfolding';

export function PositionCard({ position }: { readonly position: Position }) {
  const { id, side, leverage, quantity, status, marginRatio, maintenanceRatio } = position;
  return (
    <Card
      className="position"
      title={`${nameOfSide(side)} ${leverage}x, ${sizeText(quantity)} LCO`}
      aside={<ShortId id={id} />}
    >
      <PositionNotice position={position} />
      {marginRatio && status !== 'taken_over' && (
        <RatioGauge ratio={marginRatio} maintenance={maintenanceRatio} />
      )}
      <PositionFacts position={position} />
      {status === 'open' && (
        <>
          <Unfolding id={id} title="Close it">
            <CloseForm position={position} />
          </Unfolding>
          <Unfolding id={id} title="Collateral">
            <CollateralForm position={position} />
          </Unfolding>
          <Unfolding id={id} title="Stop loss and take profit">
            <TriggersForm position={position} />
          </Unfolding>
        </>
      )}
      <Unfolding id={id} title="History">
        <PositionHistory id={id} />
      </Unfolding>
    </Card>
  );
}

/** In whole lots: what a short owes grows all the time. */
function sizeText(quantity: string): string {
  return groupDigits(new Decimal(quantity).toDecimalPlaces(2, Decimal.ROUND_DOWN).toFixed());
}

function PositionFacts({ position }: { readonly position: Position }) {
  const { status, mark, side } = position;
  return (
    <Facts
      facts={[
        mark !== null && ['Mark price', <Price value={mark} />],
        ['Entry price', <Price value={position.entryPrice} />],
        ...(status === 'taken_over' ? [] : factsOfOwner(position)),
        ['Owed, with interest', <Amount value={position.debt} unit={position.debtAsset} />],
        side === 'short' && [
          'Credits it holds',
          <Amount value={position.credits} unit="Credits" />,
        ],
        ['Put in', <Amount value={position.paidIn} unit="Credits" />],
        position.paidOut !== '0' && [
          'Paid out',
          <Amount value={position.paidOut} unit="Credits" />,
        ],
        position.penalties !== '0' && [
          'Liquidation penalties',
          <Amount value={position.penalties} unit="Credits" />,
        ],
        position.stopLoss !== null && ['Stop loss', <Price value={position.stopLoss} />],
        position.takeProfit !== null && ['Take profit', <Price value={position.takeProfit} />],
        ['Opened', <Moment at={position.openedAt} />],
      ]}
    />
  );
}

/** What its owner gains or loses: nothing any more, once the risk reserve has it. */
function factsOfOwner({ mark, profit, liquidationPrice, bankruptcyPrice, equity }: Position) {
  return [
    profit !== null && ['Profit so far', <Profit value={profit} unit="Credits" />],
    [
      'Liquidation price',
      liquidationPrice ? (
        <>
          <Price value={liquidationPrice} />
          {mark && <small>{distanceText(liquidationPrice, mark)}</small>}
        </>
      ) : (
        'none: nothing is owed'
      ),
    ],
    bankruptcyPrice !== null && ['Bankruptcy price', <Price value={bankruptcyPrice} />],
    equity !== null && ['Left if closed at the mark', <Amount value={equity} unit="Credits" />],
  ] satisfies ComponentProps<typeof Facts>['facts'];
}
