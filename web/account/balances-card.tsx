// What one has, and what of it is held by what.
import type { ReactNode } from 'react';
import { useBalances, type Balance } from './balances';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts, type Fact } from '../ui/facts';
import { Loaded } from '../ui/loaded';

const holders = [
  ['orders', 'in open orders'],
  ['relay', 'held by calls under way'],
  ['staked', 'staked'],
  ['unbonding', 'on its way back from a stake'],
  ['imo', 'locked in a launch'],
  ['redeeming', 'held by a redemption'],
] as const satisfies readonly (readonly [keyof Balance, string])[];

export function Balances({ aside }: { readonly aside?: ReactNode }) {
  const balances = useBalances();
  return (
    <Card title="Balances" aside={aside}>
      <Loaded query={balances}>
        {(data) => (
          <Facts
            facts={data.balances.map((balance): Fact => [
              balance.asset === 'CREDIT' ? 'Credits' : 'L-Coin',
              <BalanceOf key={balance.asset} balance={balance} />,
            ])}
          />
        )}
      </Loaded>
    </Card>
  );
}

function BalanceOf({ balance }: { readonly balance: Balance }) {
  const { asset, available } = balance;
  const held = holders.filter(([holder]) => balance[holder] !== '0');
  return (
    <>
      <Amount value={available} unit={asset} />
      {held.map(([holder, words]) => (
        <small key={holder}>
          <Amount value={balance[holder]} unit={asset} /> {words}
        </small>
      ))}
    </>
  );
}
