// Buybacks on their way: what is spent so far, pausing and resuming, and beginning an extra one.
import { answerOf, api } from '../api/client';
import { Amount } from '../ui/amount';
import { Facts } from '../ui/facts';
import { Moment } from '../ui/moment';
import { ActForm, reasonOf } from './act-form';
import { Acts } from './acts';
import { decisionAct } from './decision-act';
import { QueueItem } from './queue';
import type { Buyback } from './queue-lists';

const steering = {
  Pause: {
    path: '/api/v1/admin/buybacks/{id}/pause',
    note: 'The slices that are left wait.',
  },
  Resume: {
    path: '/api/v1/admin/buybacks/{id}/resume',
    note: 'What was missed is bought in what is left of its time, or at once.',
  },
} as const;

const words: Readonly<Record<Buyback['status'], string>> = {
  opened: 'opened: the books are being closed',
  buying: 'buying',
  paused: 'paused',
  completed: 'completed',
  no_mark: 'bought nothing: there was no mark',
};

export function BuybackItem({ buyback }: { readonly buyback: Buyback }) {
  const { id, kind, status, reason, burn, prize, priceCap } = buyback;
  const verb = status === 'paused' ? 'Resume' : 'Pause';
  return (
    <QueueItem
      title={`${kind === 'extra' ? 'Extra' : 'Weekly'} buyback ${id}`}
      workflow={`buyback/${id}`}
    >
      <Facts
        facts={[
          ['State', words[status]],
          ['Due', <Moment at={buyback.dueAt} />],
          reason !== null && ['Why', <span className="user-text">{reason}</span>],
          priceCap !== null && [
            'Pays at most',
            <Amount value={priceCap} unit="Credits for one LCO" />,
          ],
          ...(
            [
              ['To burn', burn],
              ['For prizes', prize],
            ] as const
          ).map(
            ([name, { spent, budget, bought }]) =>
              [
                name,
                <>
                  <Amount value={spent} unit={`of ${budget ?? '?'} Credits`} />,{' '}
                  <Amount value={bought} unit="LCO" /> bought
                </>,
              ] as const,
          ),
        ]}
      />
      <Acts acts={[decisionAct(verb, id, steering[verb])]} />
    </QueueItem>
  );
}

export function BeginBuyback({ onDone }: { readonly onDone: () => void }) {
  return (
    <ActForm
      title="Begin an extra buyback"
      level={3}
      note="It closes the books first. Refused while another one is on its way."
      question="Close the books and begin now?"
      bodyOf={reasonOf}
      send={(body, key) =>
        answerOf(
          api.POST('/api/v1/admin/buybacks', {
            params: { header: { 'Idempotency-Key': key } },
            body,
          }),
        )
      }
      onDone={onDone}
    />
  );
}
