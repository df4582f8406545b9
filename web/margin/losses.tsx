// Debts that no collateral was left for, and who bore them; not a word as long as there is none.
import type { ItemOf } from '../api/types';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import type { Column } from '../ui/data-table';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { useLosses } from './margin-data';

type Loss = ItemOf<'/api/v1/margin/losses'>;

function borne(part: 'byReserve' | 'byTreasury' | 'bySuppliers') {
  return (loss: Loss) => <Amount value={loss[part]} unit={loss.asset} />;
}

const columns: readonly Column<Loss>[] = [
  { name: 'When', isText: true, cell: ({ at }) => <Moment at={at} /> },
  { name: 'By the risk reserve', cell: borne('byReserve') },
  { name: 'By the treasury', cell: borne('byTreasury') },
  { name: 'By suppliers', cell: borne('bySuppliers') },
];

export function Losses() {
  const losses = useLosses();
  if (!losses.error && !losses.data?.length) return null;
  return (
    <Card title="Bad debts, and who bore them" className="margin-table">
      <PagedTable
        query={losses}
        caption="Bad debts"
        columns={columns}
        keyOf={({ positionId, asset }) => `${positionId} ${asset}`}
        empty="There is none."
      />
    </Card>
  );
}
