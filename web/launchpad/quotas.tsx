// The reader's quotas: what calls of scarce models may still use.
import { Link } from 'wouter';
import { entitlementsOf, useEntitlements } from '../account/entitlements';
import { Card } from '../ui/card';
import { Countdown } from '../ui/countdown';
import { DataTable } from '../ui/data-table';
import { Loaded } from '../ui/loaded';
import { unitsOf } from './imo-words';

export function Quotas() {
  const query = useEntitlements();
  return (
    <Card title="Your quotas" className="imos">
      <Loaded query={query}>
        {(entitlements) => (
          <DataTable
            caption="Your quotas"
            columns={[
              {
                name: 'Model',
                isText: true,
                cell: ({ imoId, model }) => <Link href={`/launchpad/${imoId}`}>{model}</Link>,
              },
              { name: 'Left', cell: (quota) => unitsOf(quota.left, quota) },
              { name: 'Of', cell: (quota) => unitsOf(quota.allocation, quota) },
              { name: 'Ends in', cell: ({ endsAt }) => <Countdown to={endsAt} /> },
            ]}
            rows={entitlementsOf(entitlements, 'imo_quota')}
            keyOf={({ imoId }) => imoId}
            empty="You hold no quota. Subscribe to an IMO to get a share of a scarce model."
          />
        )}
      </Loaded>
    </Card>
  );
}
