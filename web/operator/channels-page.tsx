// Channels, the upstreams of the relay: whether they answer, what they serve, and changing them. Keys go in and never come out.
import { answerOf, api } from '../api/client';
import { usePages } from '../api/use-pages';
import { Acts } from './acts';
import { ChannelItem } from './channel-item';
import { MakeChannel } from './channel-forms';
import { Queue } from './queue';
import { everyMs, pageAt } from './queue-lists';

export default function ChannelsPage() {
  const channels = usePages({
    queryKey: ['operator', 'channels'],
    ask: (cursor) =>
      answerOf(api.GET('/api/v1/admin/channels', { params: { query: pageAt(cursor) } })),
    refetchInterval: everyMs,
  });
  return (
    <>
      <h1>Channels</h1>
      <p className="note">
        Health is what the process that answers has found itself, since it started or the channel
        was changed.
      </p>
      <Queue
        title="Newest first"
        id="channels"
        lists={[channels]}
        keyOf={({ id }) => id}
        empty="There is no channel: no model can be called."
        item={(channel) => <ChannelItem channel={channel} />}
      >
        <Acts
          acts={[{ name: 'Add a channel', form: (onDone) => <MakeChannel onDone={onDone} /> }]}
        />
      </Queue>
    </>
  );
}
