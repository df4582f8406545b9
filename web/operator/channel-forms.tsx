// Making a channel, and changing one: only what is different is sent, and a key only where one was written.
import { answerOf, api } from '../api/client';
import type { BodyOf } from '../api/types';
import { textOf } from '../ui/form-text';
import { ActForm, reasonOf } from './act-form';
import { ChannelFields, channelFieldNames, offersOf, type Channel } from './channel-fields';
import { given, jsonOf, numberOf } from './form-values';

type NewChannel = BodyOf<'/api/v1/admin/channels'>;
type Changes = BodyOf<'/api/v1/admin/channels/{id}', 'patch'>;

/** @throws Problem when the models are not JSON */
function settingsOf(form: FormData) {
  return {
    name: textOf(form, 'name').trim(),
    kind: textOf(form, 'kind') as NewChannel['kind'],
    baseUrl: textOf(form, 'baseUrl').trim(),
    models: (jsonOf(form, 'models') ?? []) as NewChannel['models'],
    priority: numberOf(form, 'priority'),
    weight: numberOf(form, 'weight'),
    timeouts: {
      connectMs: numberOf(form, 'timeouts.connectMs'),
      firstByteMs: numberOf(form, 'timeouts.firstByteMs'),
      idleMs: numberOf(form, 'timeouts.idleMs'),
      maxCallMs: numberOf(form, 'timeouts.maxCallMs'),
    },
  };
}

export function MakeChannel({ onDone }: { readonly onDone: () => void }) {
  return (
    <ActForm
      title="Add"
      level={3}
      note="It is enabled at once, and refused unless 70% of the list price of each of its models covers its cost."
      fields={channelFieldNames}
      bodyOf={(form) => ({ ...reasonOf(form), ...settingsOf(form), ...given(form, 'apiKey') })}
      send={(body, key) =>
        answerOf(
          api.POST('/api/v1/admin/channels', {
            params: { header: { 'Idempotency-Key': key } },
            body,
          }),
        )
      }
      onDone={onDone}
    >
      <ChannelFields />
    </ActForm>
  );
}

function changesOf(form: FormData, channel: Channel): Changes {
  const settings = settingsOf(form);
  const before = { ...channel, models: offersOf(channel) };
  const changed = Object.entries(settings).filter(
    ([name, value]) =>
      JSON.stringify(value) !== JSON.stringify(before[name as keyof typeof settings]),
  );
  const key = form.has('dropsKey') ? { apiKey: null } : given(form, 'apiKey');
  return {
    ...(Object.fromEntries(changed) as Partial<typeof settings>),
    ...key,
    ...reasonOf(form),
  };
}

interface ChangeChannelProps {
  readonly channel: Channel;
  readonly onDone: () => void;
}

export function ChangeChannel({ channel, onDone }: ChangeChannelProps) {
  return (
    <ActForm
      title="Save"
      note="Another address takes the key again."
      fields={channelFieldNames}
      bodyOf={(form) => changesOf(form, channel)}
      send={(body, key) =>
        answerOf(
          api.PATCH('/api/v1/admin/channels/{id}', {
            params: { path: { id: channel.id }, header: { 'Idempotency-Key': key } },
            body,
          }),
        )
      }
      onDone={onDone}
    >
      <ChannelFields channel={channel} />
    </ActForm>
  );
}
