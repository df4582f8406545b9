// A channel: how it does, what it serves at what cost, and changing, switching and deleting it.
import { answerOf, api } from '../api/client';
import { DataTable, type Column } from '../ui/data-table';
import { Countdown } from '../ui/countdown';
import { Facts } from '../ui/facts';
import { Moment } from '../ui/moment';
import { ActForm, reasonOf } from './act-form';
import { Acts } from './acts';
import type { Channel } from './channel-fields';
import { ChangeChannel } from './channel-forms';
import { Prices } from './prices';
import { QueueItem } from './queue';

type Offer = Channel['models'][number];
type Health = NonNullable<Channel['health']>;

const stateWords: Readonly<Record<Health['state'], string>> = {
  closed: 'in use',
  open: 'taken out after failures',
  half_open: 'being probed',
};

const failureWords: Readonly<Record<NonNullable<Health['lastFailure']>['kind'], string>> = {
  connect: 'no connection',
  timeout: 'too slow',
  status: 'refused or failed',
  cut: 'cut off',
  protocol: 'not understood',
};

const keyWords = { operator: 'set by an operator', environment: 'of the environment' } as const;

const columns: readonly Column<Offer>[] = [
  { name: 'Model', isText: true, cell: ({ id }) => id },
  { name: 'Called upstream', isText: true, cell: ({ upstreamId }) => upstreamId },
  {
    name: 'Cost',
    isText: true,
    cell: ({ cost }) => (cost === null ? 'that of the price version' : <Prices prices={cost} />),
  },
];

function HealthFacts({ health }: { readonly health: Channel['health'] }) {
  if (!health) return <p className="note">Not served at the moment.</p>;
  const { state, since, consecutiveFailures, lastFailure, lastSuccessAt, retryAt } = health;
  return (
    <Facts
      facts={[
        [
          'Breaker',
          <span className="breaker" data-state={state}>
            {stateWords[state]} <small>({state.replace('_', ' ')})</small>
          </span>,
        ],
        ['Since', <Moment at={since} />],
        retryAt !== null && ['Tried again in', <Countdown to={retryAt} over="any moment" />],
        ['Failures in a row', consecutiveFailures],
        lastFailure && [
          'Last failure',
          <>
            <Moment at={lastFailure.at} />, {failureWords[lastFailure.kind]}:{' '}
            <span className="user-text">{lastFailure.message}</span>
          </>,
        ],
        ['Last success', lastSuccessAt === null ? 'none yet' : <Moment at={lastSuccessAt} />],
      ]}
    />
  );
}

export function ChannelItem({ channel }: { readonly channel: Channel }) {
  const { id, name, kind, enabled, health, models, timeouts } = channel;
  const path = { id };
  const verb = enabled ? 'Disable' : 'Enable';
  return (
    <QueueItem title={name}>
      <Facts
        facts={[
          ['State', enabled ? 'enabled' : 'disabled'],
          ['Kind', kind],
          ['Address', <span className="user-text">{channel.baseUrl}</span>],
          [
            'Key',
            channel.apiKeyFrom === null ? (
              'none'
            ) : (
              <>
                {keyWords[channel.apiKeyFrom]}
                {channel.apiKeyHint !== null && (
                  <>
                    , ends in <code>{channel.apiKeyHint}</code>
                  </>
                )}
              </>
            ),
          ],
          ['Priority', channel.priority],
          ['Weight', channel.weight],
          [
            'Timeouts',
            `${timeouts.connectMs / 1_000} s to connect, ${timeouts.firstByteMs / 1_000} s to the first byte, ${timeouts.idleMs / 1_000} s between bytes, ${timeouts.maxCallMs / 1_000} s in all`,
          ],
        ]}
      />
      <HealthFacts health={health} />
      <details>
        <summary>Models ({models.length})</summary>
        <DataTable
          caption={`Models of ${name}`}
          columns={columns}
          rows={models}
          keyOf={(model) => model.id}
          empty="It serves none."
        />
      </details>
      <Acts
        acts={[
          {
            name: verb,
            form: (onDone) => (
              <ActForm
                title={verb}
                note={
                  enabled
                    ? 'No new call is sent to it; calls under way go on.'
                    : 'Calls are sent to it again, by its priority and weight.'
                }
                bodyOf={(form) => ({ ...reasonOf(form), enabled: !enabled })}
                send={(body, key) =>
                  answerOf(
                    api.PATCH('/api/v1/admin/channels/{id}', {
                      params: { path, header: { 'Idempotency-Key': key } },
                      body,
                    }),
                  )
                }
                onDone={onDone}
              />
            ),
          },
          { name: 'Edit', form: (onDone) => <ChangeChannel channel={channel} onDone={onDone} /> },
          {
            name: 'Delete',
            form: (onDone) => (
              <ActForm
                title="Delete"
                note="Its key is gone with it. Calls under way are settled still."
                question="Delete this channel for good?"
                bodyOf={reasonOf}
                send={(body) =>
                  answerOf(api.DELETE('/api/v1/admin/channels/{id}', { params: { path }, body }))
                }
                onDone={onDone}
              />
            ),
          },
        ]}
      />
    </QueueItem>
  );
}
