// Proposing: a change of a parameter within its bounds, or a text that changes none.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useLocation } from 'wouter';
import { answerOf, api } from '../api/client';
import type { AnswerOf, BodyOf } from '../api/types';
import { useWish } from '../api/wish';
import { unitName } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Choice } from '../ui/choice';
import { Field } from '../ui/field';
import { textOf } from '../ui/form-text';
import { Select } from '../ui/select';
import { spanText } from '../ui/span-text';
import { TextAreaField } from '../ui/text-area-field';
import { formatValue, type Parameter } from './proposal-words';
import { levelField, readValue } from './read-value';

type Body = BodyOf<'/api/v1/governance/proposals'>;

const kinds = [
  ['parameter', 'A parameter'],
  ['text', 'A text'],
] as const;
type Kind = (typeof kinds)[number][0];

interface ProposeProps {
  readonly parameters: readonly Parameter[];
  readonly windows: Pick<
    AnswerOf<'/api/v1/governance/parameters'>,
    'votingOpensAfterMs' | 'votingLastsMs'
  >;
}

export function Propose({ parameters, windows }: ProposeProps) {
  const [, go] = useLocation();
  const [kind, setKind] = useState<Kind>('parameter');
  const [name, setName] = useState(parameters[0]?.name ?? '');
  const parameter = parameters.find((candidate) => candidate.name === name);
  // What is wrong with one of several is said below the form.
  const hasOneValue = kind === 'parameter' && typeof parameter?.value !== 'object';
  const proposing = useWish((body: Body, key) =>
    answerOf(
      api.POST('/api/v1/governance/proposals', {
        params: { header: { 'Idempotency-Key': key } },
        body,
      }),
    ),
  );
  const send = (form: FormData) => {
    const words = { title: textOf(form, 'title'), text: textOf(form, 'text') };
    const body: Body =
      kind === 'parameter' && parameter
        ? { kind, ...words, parameter: name, value: readValue(form, parameter) }
        : { kind: 'text', ...words };
    proposing.mutate(body, {
      onSuccess: ({ proposal }) => go(`/governance/${proposal.id}`),
    });
  };
  return (
    <ApiForm
      title="Propose"
      error={proposing.error}
      fields={['title', 'text', ...(hasOneValue ? ['value'] : [])]}
      onSend={send}
      button={
        <Button type="submit" isDisabled={proposing.isPending}>
          Propose
        </Button>
      }
    >
      <Choice label="What to change" options={kinds} value={kind} onChange={setKind} />
      {kind === 'parameter' && (
        <>
          <Select
            label="Parameter"
            name="parameter"
            options={parameters.map((one) => [one.name, one.name] as const)}
            value={name}
            onChange={setName}
          />
          {parameter && <ValueFields key={name} parameter={parameter} />}
        </>
      )}
      <Field label="Title" name="title" autoComplete="off" isRequired />
      <TextAreaField label="Why" name="text" isRequired />
      <p>
        Voting opens {spanText(windows.votingOpensAfterMs)} later and lasts{' '}
        {spanText(windows.votingLastsMs)}. Who may vote, and the quorum, are fixed when you propose.
      </p>
    </ApiForm>
  );
}

/** A value, or one for each level, with what bounds it. */
function ValueFields({ parameter }: { readonly parameter: Parameter }) {
  const { description, value, minimum, maximum, twoThirds } = parameter;
  const unit = unitName(parameter.unit);
  const bounds = `${formatValue(minimum)} to ${formatValue(maximum)} ${unit}`;
  return (
    <>
      <p>
        {description} Now {formatValue(value)}; it may be {bounds}.
        {twoThirds && ' Two thirds of the votes must be for it.'}
      </p>
      {typeof value === 'object' ? (
        Object.entries(value).map(([level, now]) => (
          <Field
            key={level}
            label={`${level}, ${unit}`}
            name={levelField(level)}
            inputMode="numeric"
            autoComplete="off"
            defaultValue={String(now)}
            isRequired
          />
        ))
      ) : (
        <Field
          label={`New value, ${unit}`}
          name="value"
          inputMode="decimal"
          autoComplete="off"
          isRequired
        />
      )}
    </>
  );
}
