// What is asked of a channel.
import { useState } from 'react';
import type { BodyOf, ItemOf } from '../api/types';
import { Field } from '../ui/field';
import { Select } from '../ui/select';
import { TickBox } from '../ui/tick-box';
import { TextAreaField } from '../ui/text-area-field';

export type Channel = ItemOf<'/api/v1/admin/channels'>;
type NewChannel = BodyOf<'/api/v1/admin/channels'>;
type Kind = NewChannel['kind'];

const kinds: readonly (readonly [Kind, string])[] = [
  ['openai', 'OpenAI'],
  ['anthropic', 'Anthropic'],
];

const usualTimeouts: Channel['timeouts'] = {
  connectMs: 5_000,
  firstByteMs: 120_000,
  idleMs: 60_000,
  maxCallMs: 600_000,
};

const timeoutLabels: readonly (readonly [keyof Channel['timeouts'], string])[] = [
  ['connectMs', 'Time to connect, ms'],
  ['firstByteMs', 'Time to the first byte, ms'],
  ['idleMs', 'Time between two bytes, ms'],
  ['maxCallMs', 'Time of the whole call, ms'],
];

export const channelFieldNames = [
  ...['name', 'kind', 'baseUrl', 'apiKey', 'models', 'priority', 'weight'],
  ...timeoutLabels.map(([name]) => `timeouts.${name}`),
];

const example = [{ id: 'gpt-4o', upstreamId: 'gpt-4o-2024-08-06' }];

/** As the API takes them: what it answers says `null` where nothing was said. */
export function offersOf({ models }: Channel): NewChannel['models'] {
  return models.map(({ id, upstreamId, cost }) => ({
    id,
    ...(upstreamId !== id && { upstreamId }),
    ...(cost !== null && { cost }),
  }));
}

/** @param channel one that is there, and as it is */
export function ChannelFields({ channel }: { readonly channel?: Channel }) {
  const [kind, setKind] = useState<Kind>(channel?.kind ?? 'openai');
  const timeouts = channel?.timeouts ?? usualTimeouts;
  return (
    <>
      <Field label="Name" name="name" defaultValue={channel?.name ?? ''} autoComplete="off" />
      <Select label="Protocol" name="kind" options={kinds} value={kind} onChange={setKind} />
      <Field
        label="Address, such as https://api.openai.com/v1"
        name="baseUrl"
        defaultValue={channel?.baseUrl ?? ''}
        autoComplete="off"
      />
      <Field
        label={channel ? 'New key; empty: as it is' : 'Key; empty: the upstream asks for none'}
        name="apiKey"
        type="password"
        autoComplete="new-password"
      />
      {channel?.apiKeyFrom === 'operator' && (
        <TickBox name="dropsKey" value="yes">
          Remove its key
        </TickBox>
      )}
      <TextAreaField
        label="Models, as JSON: id, upstreamId and cost of each"
        name="models"
        rows={5}
        isCode
        defaultValue={JSON.stringify(channel ? offersOf(channel) : example, null, 2)}
      />
      <Field
        label="Priority: the highest comes first"
        name="priority"
        inputMode="numeric"
        defaultValue={String(channel?.priority ?? 0)}
      />
      <Field
        label="Weight: its share among channels of the same priority"
        name="weight"
        inputMode="numeric"
        defaultValue={String(channel?.weight ?? 1)}
      />
      {timeoutLabels.map(([name, label]) => (
        <Field
          key={name}
          label={label}
          name={`timeouts.${name}`}
          inputMode="numeric"
          defaultValue={String(timeouts[name])}
        />
      ))}
    </>
  );
}
