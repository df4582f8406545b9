// How an operator decides about a prediction market: whether it opens, what came of it, who is right in a dispute, that it is void.
import { useState } from 'react';
import { answerOf, api } from '../api/client';
import type { BodyOf } from '../api/types';
import { Choice } from '../ui/choice';
import { textOf, timeOf } from '../ui/form-text';
import { ActForm, reasonOf } from './act-form';
import { TimeField } from './fields';
import { localTimeText } from './form-values';
import type { Market } from './queue-lists';

interface MarketFormProps {
  readonly market: Market;
  readonly onDone: () => void;
}

const paramsOf = ({ id }: Market, key: string) => ({
  path: { id },
  header: { 'Idempotency-Key': key },
});

/** Those that take a reason and nothing else. */
export const plainDecisions = {
  Approve: {
    path: '/api/v1/admin/predictions/{id}/approve',
    note: 'It opens for bets at once, with the fee of this moment.',
    question: 'Open it for bets?',
  },
  Reject: {
    path: '/api/v1/admin/predictions/{id}/reject',
    note: 'Its seed goes back to who proposed it.',
    question: 'Reject it for good?',
  },
  Void: {
    path: '/api/v1/admin/predictions/{id}/void',
    note: 'Every stake goes back at cost.',
    question: 'Void it for good?',
  },
} as const;

type Outcome = BodyOf<'/api/v1/admin/predictions/{id}/resolve'>['outcome'];

const outcomes: readonly (readonly [Outcome, string])[] = [
  ['yes', 'Yes'],
  ['no', 'No'],
];

/** None at first: a press too many must not decide for one of them. */
function useOutcome() {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const word = outcomes.find(([one]) => one === outcome)?.[1];
  const choice = (
    <Choice
      label="Outcome"
      name="outcome"
      options={outcomes}
      value={outcome}
      onChange={setOutcome}
    />
  );
  return { word, choice };
}

const outcomeOf = (form: FormData) => textOf(form, 'outcome') as Outcome;

/** When the answer was known, at the latest: now, or when betting ended. */
function latestEffect({ closesAt, lockedAt }: Market): string {
  return localTimeText(Math.min(Date.now(), Date.parse(lockedAt ?? closesAt)));
}

export function ResolveForm({ market, onDone }: MarketFormProps) {
  const [latest] = useState(() => latestEffect(market));
  const { word, choice } = useOutcome();
  return (
    <ActForm
      title="Resolve"
      note="It takes no more bets. Holders may dispute it for a while; then it is final, and is paid."
      {...(word !== undefined && { question: `Propose that it is ${word}?` })}
      reason={{ name: 'evidence', label: 'Evidence: where the answer was read' }}
      fields={['outcome', 'effectiveAt']}
      bodyOf={(form) => ({
        outcome: outcomeOf(form),
        effectiveAt: timeOf(form, 'effectiveAt'),
        evidence: textOf(form, 'evidence'),
      })}
      send={(body, key) =>
        answerOf(
          api.POST('/api/v1/admin/predictions/{id}/resolve', {
            params: paramsOf(market, key),
            body,
          }),
        )
      }
      onDone={onDone}
    >
      {choice}
      <TimeField label="Known since; later bets come back at cost" name="effectiveAt" at={latest} />
    </ActForm>
  );
}

export function RuleForm({ market, onDone }: MarketFormProps) {
  const { word, choice } = useOutcome();
  return (
    <ActForm
      title="Rule"
      note="By a second operator. What you rule is final, and is paid."
      {...(word !== undefined && { question: `Rule that it is ${word}, for good?` })}
      fields={['outcome', 'effectiveAt']}
      bodyOf={(form) => ({
        ...reasonOf(form),
        outcome: outcomeOf(form),
        ...(textOf(form, 'effectiveAt') !== '' && { effectiveAt: timeOf(form, 'effectiveAt') }),
      })}
      send={(body, key) =>
        answerOf(
          api.POST('/api/v1/admin/predictions/{id}/rule', {
            params: paramsOf(market, key),
            body,
          }),
        )
      }
      onDone={onDone}
    >
      {choice}
      <TimeField label="Known since; empty: as it was proposed" name="effectiveAt" />
    </ActForm>
  );
}
