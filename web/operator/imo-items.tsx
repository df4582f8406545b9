// IMOs that are not over: what is offered and locked, and calling one off.
import { Amount, groupDigits } from '../ui/amount';
import { Facts } from '../ui/facts';
import { Moment } from '../ui/moment';
import { Acts } from './acts';
import { decisionAct } from './decision-act';
import { QueueItem } from './queue';
import type { Imo } from './queue-lists';

const words: Readonly<Record<Imo['status'], string>> = {
  announced: 'announced, not open yet',
  open: 'open for subscriptions',
  closing: 'being allocated',
  active: 'active: its quota is being used',
  expired: 'expired',
  cancelled: 'cancelled',
};

export function ImoItem({ imo }: { readonly imo: Imo }) {
  const { id, model, quota, unit, status } = imo;
  return (
    <QueueItem title={model} workflow={`imo/${id}`}>
      <Facts
        facts={[
          ['State', words[status]],
          ['Quota', `${groupDigits(String(quota))} ${unit}`],
          imo.capPerUser !== null && [
            'At most each',
            `${groupDigits(String(imo.capPerUser))} ${unit}`,
          ],
          [
            'Locked',
            <>
              <Amount value={imo.locked} unit="LCO" /> in {imo.subscriptions} subscriptions
            </>,
          ],
          ['Opens', <Moment at={imo.opensAt} />],
          ['Closes', <Moment at={imo.closesAt} />],
          ['Expires', <Moment at={imo.expiresAt} />],
        ]}
      />
      <Acts
        acts={[
          decisionAct('Cancel', id, {
            path: '/api/v1/admin/imos/{id}/cancel',
            question: 'All locks come back and its quota is void. Cancel it for good?',
          }),
        ]}
      />
    </QueueItem>
  );
}
