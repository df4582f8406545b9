// The champion's perk: to be chosen once, within its time, or in force.
import { useQuery } from '@tanstack/react-query';
import { Decimal } from 'decimal.js';
import { useState } from 'react';
import { answerOf, api } from '../api/client';
import { useWish } from '../api/wish';
import { entitlementsOf, useEntitlements, type Entitlement } from '../account/entitlements';
import { Amount } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Card } from '../ui/card';
import { Choice } from '../ui/choice';
import { Countdown } from '../ui/countdown';
import { Facts } from '../ui/facts';
import { spanText } from '../ui/span-text';
import { SureButton } from '../ui/sure-button';
import { perkWords, type Perk } from './war-words';

const perks = Object.keys(perkWords) as Perk[];
/** Of the winning score, for free calls. */
const budgetPercent = 25;

export function Perks() {
  const { data = [] } = useEntitlements();
  const free = entitlementsOf(data, 'free_calls');
  const unlimited = entitlementsOf(data, 'unlimited_concurrency');
  return (
    <>
      {entitlementsOf(data, 'perk_choice').map((choice) => (
        <PerkChoice key={choice.roundId} {...choice} />
      ))}
      {free.length + unlimited.length > 0 && (
        <Card title="Your perks">
          <Facts
            facts={[
              ...free.map((perk) => ['Free calls', <FreeCalls {...perk} />] as const),
              ...unlimited.map(
                ({ endsAt }) =>
                  [
                    'Unlimited concurrency',
                    <>
                      ends in <Countdown to={endsAt} />
                    </>,
                  ] as const,
              ),
            ]}
          />
        </Card>
      )}
    </>
  );
}

function FreeCalls({ left, budget, endsAt }: Entitlement<'free_calls'>) {
  return (
    <>
      <Amount value={left} unit="Credits" /> left
      <small>
        of <Amount value={budget} unit="Credits" />, ends in <Countdown to={endsAt} />
      </small>
    </>
  );
}

function PerkChoice({ roundId, chooseBy, default: byDefault }: Entitlement<'perk_choice'>) {
  const [choice, setChoice] = useState<Perk>('free_calls');
  const round = useQuery({
    queryKey: ['wars', 'round', roundId],
    queryFn: () => answerOf(api.GET('/api/v1/wars/{id}', { params: { path: { id: roundId } } })),
  });
  const order = useWish((chosen: Perk, key) =>
    answerOf(
      api.POST('/api/v1/wars/{id}/perk', {
        params: { path: { id: roundId }, header: { 'Idempotency-Key': key } },
        body: { choice: chosen },
      }),
    ),
  );
  const { championScore: score, perkMs } = round.data?.round ?? {};
  const span = perkMs === undefined ? '' : `, for ${spanText(perkMs)} from now`;
  return (
    <ApiForm
      title={`You won round ${roundId}: choose your perk`}
      error={order.error}
      fields={['choice']}
      // Enter asks nothing: the choice is made by its button, which asks once more.
      onSend={() => undefined}
      button={
        <SureButton
          label="Choose"
          question={`${perkWords[choice]}${span}? It cannot be changed.`}
          onSure={() => order.mutate(choice)}
          isDisabled={order.isPending}
        />
      }
    >
      <p className="perk-time">
        Time left: <Countdown to={chooseBy} />. Without a choice it is{' '}
        {perkWords[byDefault as Perk].toLowerCase()}.
      </p>
      <Choice
        label="Perk"
        name="choice"
        options={perks.map((perk) => [perk, perkWords[perk]])}
        value={choice}
        onChange={setChoice}
      />
      <p className="perk-meaning">
        {choice === 'unlimited_concurrency' ? (
          'As many calls at once as you like, at your usual price.'
        ) : (
          <>
            The platform pays your calls, up to {budgetPercent}% of your winning spending
            {score && (
              <>
                {' '}
                (
                <Amount
                  value={new Decimal(score).times(budgetPercent).div(100).toFixed()}
                  unit="Credits"
                />
                )
              </>
            )}{' '}
            as far as what is set aside for it reaches. Free calls mine nothing and do not count in
            the ranking.
          </>
        )}
      </p>
    </ApiForm>
  );
}
