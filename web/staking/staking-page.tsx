// Levels: what each asks and gives, what one has staked, and how it gets in and out.
import { Button } from 'react-aria-components';
import { useAvailable } from '../account/balances';
import { useStaking, type Staking } from '../account/use-staking';
import { useTiers, type Level } from '../account/use-tiers';
import { answerOf, api } from '../api/client';
import { useWish } from '../api/wish';
import { Amount } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Card } from '../ui/card';
import { Countdown } from '../ui/countdown';
import { DataTable, type Column } from '../ui/data-table';
import { Field } from '../ui/field';
import { amountOf } from '../ui/form-text';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { formatBps } from '../ui/share';

export default function StakingPage() {
  const staking = useStaking();
  return (
    <>
      <h1>Staking</h1>
      <Loaded query={staking}>{(data) => <Stake {...data} />}</Loaded>
      <div className="cards">
        <AmountForm verb="Stake" />
        <AmountForm verb="Unstake" />
      </div>
      {staking.data && staking.data.unstakes.length > 0 && (
        <Unstakes unstakes={staking.data.unstakes} />
      )}
      <Levels current={staking.data?.tier.level} />
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

const done = { Stake: 'Staked', Unstake: 'On their way back:' } as const;

/** Puts an amount in, or asks for it back. */
function AmountForm({ verb }: { readonly verb: keyof typeof orders }) {
  const available = useAvailable('LCO');
  const order = useWish((amount: string, key) =>
    answerOf(
      api.POST(orders[verb], { params: { header: { 'Idempotency-Key': key } }, body: { amount } }),
    ),
  );
  return (
    <ApiForm
      title={verb}
      error={order.error}
      answer={order.data}
      done={
        <>
          {done[verb]} <Amount value={order.variables ?? ''} unit="LCO" />.
        </>
      }
      fields={['amount']}
      onSend={(form) => order.mutate(amountOf(form, 'amount'))}
      button={
        <Button type="submit" isDisabled={order.isPending}>
          {verb}
        </Button>
      }
    >
      <Field label="LCO" name="amount" inputMode="decimal" autoComplete="off" isRequired />
      {verb === 'Stake' && available !== undefined && (
        <p className="hint">
          You have <Amount value={available} unit="LCO" />.
        </p>
      )}
    </ApiForm>
  );
}

function Unstakes({ unstakes }: Pick<Staking, 'unstakes'>) {
  return (
    <Card title="On their way back">
      <DataTable
        caption="On their way back"
        columns={[
          { name: 'Free at', isText: true, cell: ({ unlockAt }) => <Moment at={unlockAt} /> },
          { name: 'In', cell: ({ unlockAt }) => <Countdown to={unlockAt} over="any moment" /> },
          { name: 'Amount', cell: ({ amount }) => <Amount value={amount} unit="LCO" /> },
        ]}
        rows={unstakes}
        keyOf={({ id }) => id}
        empty="Nothing is on its way back."
      />
    </Card>
  );
}

const levelColumns: readonly Column<Level>[] = [
  { name: 'Level', isText: true, cell: ({ level }) => level },
  { name: 'Staked', cell: ({ minimumStake }) => <Amount value={minimumStake} unit="LCO" /> },
  {
    name: 'Price of calls',
    cell: ({ multiplier }) => (multiplier === null ? 'what they cost' : `${multiplier} x list`),
  },
  { name: 'Calls at once', cell: ({ concurrency }) => concurrency },
  {
    name: 'Weight in an IMO',
    cell: ({ imoWeight }) => (imoWeight === 0 ? 'no seat' : `${imoWeight} x`),
  },
  {
    name: 'Fee on a won bet’s profit',
    cell: ({ paysPredictionFee, predictionFeeBps }) =>
      paysPredictionFee ? formatBps(predictionFeeBps) : 'none',
  },
  { name: 'Votes', cell: ({ votes }) => (votes ? 'yes' : 'no') },
];

function Levels({ current }: { readonly current: string | undefined }) {
  const tiers = useTiers();
  return (
    <Card title="Levels">
      <Loaded query={tiers}>
        {(data) => (
          <DataTable
            caption="Levels"
            columns={levelColumns}
            rows={data.tiers}
            keyOf={({ level }) => level}
            isCurrent={({ level }) => level === current}
            empty="There are no levels."
          />
        )}
      </Loaded>
    </Card>
  );
}
