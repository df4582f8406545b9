// Announcing an IMO: what is offered, when, and from how many on.
import { answerOf, api } from '../api/client';
import { Field } from '../ui/field';
import { textOf, timeOf } from '../ui/form-text';
import { ActForm, reasonOf } from './act-form';
import { TimeField } from './fields';
import { given, numberOf } from './form-values';

/** Nothing where nothing was written. */
function givenNumber<Name extends string>(
  form: FormData,
  name: Name,
): Partial<Record<Name, number>> {
  return textOf(form, name) === ''
    ? {}
    : ({ [name]: numberOf(form, name) } as Record<Name, number>);
}

export function AnnounceImo({ onDone }: { readonly onDone: () => void }) {
  return (
    <ActForm
      title="Announce"
      level={3}
      note="Everybody sees it at once; its terms cannot be changed, it can only be cancelled."
      question="Announce it with these terms?"
      fields={[
        ...['model', 'quota', 'opensAt', 'closesAt', 'expiresAt'],
        ...['capPerUser', 'minParticipants', 'minLocked'],
      ]}
      bodyOf={(form) => ({
        ...reasonOf(form),
        model: textOf(form, 'model').trim(),
        quota: numberOf(form, 'quota'),
        opensAt: timeOf(form, 'opensAt'),
        closesAt: timeOf(form, 'closesAt'),
        expiresAt: timeOf(form, 'expiresAt'),
        ...givenNumber(form, 'capPerUser'),
        ...givenNumber(form, 'minParticipants'),
        ...given(form, 'minLocked'),
      })}
      send={(body, key) =>
        answerOf(
          api.POST('/api/v1/admin/imos', { params: { header: { 'Idempotency-Key': key } }, body }),
        )
      }
      onDone={onDone}
    >
      <Field label="Model (its access is imo)" name="model" autoComplete="off" isRequired />
      <Field label="Quota, in the unit of its price" name="quota" inputMode="numeric" isRequired />
      <TimeField label="Opens; if past, at once" name="opensAt" />
      <TimeField label="Closes" name="closesAt" />
      <TimeField label="Quota expires" name="expiresAt" />
      <Field label="At most each (optional)" name="capPerUser" inputMode="numeric" />
      <Field
        label="At least so many participants (optional)"
        name="minParticipants"
        inputMode="numeric"
      />
      <Field label="At least so many LCO locked (optional)" name="minLocked" inputMode="decimal" />
    </ActForm>
  );
}
