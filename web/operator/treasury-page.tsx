// Credits that operators record: deposits, grants, bills of upstreams and corrections of cost, and what the treasury lends.
import { useState } from 'react';
import { Select } from '../ui/select';
import {
  AccountDeposit,
  CostCorrection,
  Grant,
  PoolSeed,
  UpstreamPayment,
  UserDeposit,
} from './credit-forms';
import { Acts } from './acts';
import { CorrectionRecords, GrantRecords, PaymentRecords } from './credit-records';
import { DepositItem } from './deposit-items';
import { Queue } from './queue';
import { useDeposits, useRedemptions, type Deposit, type Redemption } from './queue-lists';
import { RedemptionItem } from './redemption-items';

export default function TreasuryPage() {
  return (
    <>
      <h1>Treasury</h1>
      <section aria-label="Record" className="recorders">
        <Acts
          acts={[
            { name: 'Deposit for a user', form: (onDone) => <UserDeposit onDone={onDone} /> },
            {
              name: 'Capital of the platform',
              form: (onDone) => <AccountDeposit onDone={onDone} />,
            },
            { name: 'Grant', form: (onDone) => <Grant onDone={onDone} /> },
            { name: 'Bill of an upstream', form: (onDone) => <UpstreamPayment onDone={onDone} /> },
            { name: 'Correction of cost', form: (onDone) => <CostCorrection onDone={onDone} /> },
            { name: 'Seed of the lending pool', form: (onDone) => <PoolSeed onDone={onDone} /> },
          ]}
        />
      </section>
      <div className="queues">
        <AllDeposits />
        <AllRedemptions />
        <GrantRecords />
        <PaymentRecords />
        <CorrectionRecords />
      </div>
    </>
  );
}

const depositOptions: readonly (readonly [Deposit['status'] | '', string])[] = [
  ['', 'all'],
  ['awaiting_second', 'awaiting a second operator'],
  ['confirmed', 'confirmed'],
  ['rejected', 'refused'],
  ['reversed', 'taken back'],
];

function AllDeposits() {
  const [status, setStatus] = useState<Deposit['status'] | ''>('');
  return (
    <div>
      <Select
        label="Deposits that are"
        options={depositOptions}
        value={status}
        onChange={setStatus}
      />
      <Queue
        title="Deposits"
        id="deposits"
        lists={[useDeposits(status === '' ? undefined : status)]}
        keyOf={({ id }) => id}
        empty="There is no such deposit."
        item={(deposit) => <DepositItem deposit={deposit} />}
      />
    </div>
  );
}

const redemptionOptions: readonly (readonly [Redemption['status'] | '', string])[] = [
  ['', 'all'],
  ['pending', 'waiting for an operator'],
  ['awaiting_second', 'awaiting a second operator'],
  ['approved', 'approved'],
  ['rejected', 'rejected'],
];

function AllRedemptions() {
  const [status, setStatus] = useState<Redemption['status'] | ''>('');
  return (
    <div>
      <Select
        label="Redemptions that are"
        options={redemptionOptions}
        value={status}
        onChange={setStatus}
      />
      <Queue
        title="Redemptions"
        id="redemptions"
        lists={[useRedemptions(status === '' ? undefined : status)]}
        keyOf={({ id }) => id}
        empty="There is no such redemption."
        item={(redemption) => <RedemptionItem redemption={redemption} />}
      />
    </div>
  );
}
