// Levels: what each asks and gives, what one has staked, and how it gets in and out.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import { Problem } from '../api/problem';
import type { paths } from '../api/schema';
import { Amount } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Field } from '../ui/field';
import { textOf } from '../ui/form-text';
import { Moment } from '../ui/moment';
import { ProblemNotice } from '../ui/problem-notice';

type Staking = paths['/api/v1/staking']['get']['responses']['200']['content']['application/json'];

const everyMs = 5_000;
const stakingKey = ['staking'];

export default function StakingPage() {
  const { data, error } = useQuery({
    queryKey: stakingKey,
    queryFn: () => answerOf(api.GET('/api/v1/staking')),
    refetchInterval: everyMs,
  });
  return (
    <>
      <h1>Staking</h1>
      <ProblemNotice error={error} />
      {data && <Stake {...data} />}
      <div className="cards">
        <AmountForm verb="Stake" />
        <AmountForm verb="Unstake" />
      </div>
      {data && data.unstakes.length > 0 && <Unstakes unstakes={data.unstakes} />}
      <Levels current={data?.tier.level} />
    </>
  );
}

function Stake({ tier, next }: Pick<Staking, 'tier' | 'next'>) {
  return (
    <section aria-label="Your stake">
      <p className="figure">
        {tier.level}, with <Amount value={tier.staked} unit="LCO" /> staked
      </p>
      <p>
        {next ? (
          <>
            <Amount value={next.missing} unit="LCO" /> more make {next.level}.
          </>
        ) : (
          'There is no level above.'
        )}
      </p>
    </section>
  );
}

const orders = {
  Stake: '/api/v1/staking/stakes',
  Unstake: '/api/v1/staking/unstakes',
} as const;

/** Puts an amount in, or asks for it back; the same wish sent twice is one. */
function AmountForm({ verb }: { readonly verb: keyof typeof orders }) {
  const queries = useQueryClient();
  const wish = useRef(crypto.randomUUID());
  const order = useMutation({
    mutationFn: (amount: string) =>
      answerOf(
        api.POST(orders[verb], {
          params: { header: { 'Idempotency-Key': wish.current } },
          body: { amount },
        }),
      ),
    // What was refused, or answered, is over; what got no answer is the same wish still.
    onSettled(_answer, error) {
      if (!(error instanceof Problem) || error.status !== 0) wish.current = crypto.randomUUID();
      return queries.invalidateQueries();
    },
  });
  return (
    <ApiForm
      title={verb}
      error={order.error}
      fields={['amount']}
      onSend={(form) => order.mutate(textOf(form, 'amount'))}
      button={
        <Button type="submit" isDisabled={order.isPending}>
          {verb}
        </Button>
      }
    >
      <Field label="LCO" name="amount" inputMode="decimal" autoComplete="off" isRequired />
    </ApiForm>
  );
}

function Unstakes({ unstakes }: Pick<Staking, 'unstakes'>) {
  return (
    <section aria-labelledby="unstakes">
      <h2 id="unstakes">On their way back</h2>
      <dl>
        {unstakes.map(({ id, amount, unlockAt }) => (
          <div key={id}>
            <dt>
              <Moment at={unlockAt} />
            </dt>
            <dd>
              <Amount value={amount} unit="LCO" />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Levels({ current }: { readonly current: string | undefined }) {
  const { data, error } = useQuery({
    queryKey: ['tiers'],
    queryFn: () => answerOf(api.GET('/api/v1/staking/tiers')),
  });
  return (
    <section aria-labelledby="levels">
      <h2 id="levels">Levels</h2>
      <ProblemNotice error={error} />
      <div className="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">Level</th>
              <th scope="col">Staked</th>
              <th scope="col">Price of calls</th>
              <th scope="col">Calls at once</th>
              <th scope="col">Votes</th>
            </tr>
          </thead>
          <tbody>
            {data?.tiers.map(({ level, minimumStake, multiplier, concurrency, votes }) => (
              <tr key={level} aria-current={level === current ? 'true' : undefined}>
                <th scope="row">{level}</th>
                <td>
                  <Amount value={minimumStake} unit="LCO" />
                </td>
                <td>{multiplier === null ? 'what they cost' : `${multiplier} x list`}</td>
                <td>{concurrency}</td>
                <td>{votes ? 'yes' : 'no'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
