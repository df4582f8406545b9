// Margin: opening and keeping positions, lending to those who do, and what was liquidated.
import { ClosedPositions } from './closed-positions';
import { Liquidations } from './liquidations';
import { Losses } from './losses';
import { MarkLine } from './mark-line';
import { OpenPositions } from './open-positions';
import { Pools } from './pools';
import { Ticket } from './ticket';

export default function MarginPage() {
  return (
    <>
      <h1>Margin</h1>
      <MarkLine />
      <Ticket />
      <OpenPositions />
      <ClosedPositions />
      <Pools />
      <Liquidations />
      <Losses />
    </>
  );
}
