// A bet: a side, an amount, and what it would get at this moment. It is sent with the fewest shares that the user takes for it.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useAvailable } from '../account/balances';
import { answerOf, api } from '../api/client';
import { isUnanswered, useWish } from '../api/wish';
import type { BodyOf } from '../api/types';
import { Amount, groupDigits } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Card } from '../ui/card';
import { Choice } from '../ui/choice';
import { Field } from '../ui/field';
import { ProblemNotice } from '../ui/problem-notice';
import { Select } from '../ui/select';
import { useDebounced } from '../ui/use-debounced';
import { BetQuote } from './bet-quote';
import { useQuote } from './market-queries';
import { formatProbability, outcomeWords, sides, type Market, type Side } from './market-words';
import { leastShares } from './payout';

type Bet = BodyOf<'/api/v1/predictions/{id}/bets'>;

/** How many percent fewer shares than quoted a bet may get. */
const tolerances = [
  ['0.5', '0.5%'],
  ['1', '1%'],
  ['5', '5%'],
  ['100', 'none: whatever it gets'],
] as const;
type Tolerance = (typeof tolerances)[number][0];

const whyClosed: Partial<Record<Market['status'], string>> = {
  proposed: 'Betting begins once an operator has approved the market.',
};

function useBet(id: string) {
  return useWish((body: Bet, key) =>
    answerOf(
      api.POST('/api/v1/predictions/{id}/bets', {
        params: { path: { id }, header: { 'Idempotency-Key': key } },
        body,
      }),
    ),
  );
}

export function BetTicket({ market }: { readonly market: Market }) {
  const [side, setSide] = useState<Side>('yes');
  const [stake, setStake] = useState('');
  const [tolerance, setTolerance] = useState<Tolerance>('1');
  const available = useAvailable('LCO');
  const order = useBet(market.id);
  // What was written meanwhile is another bet's.
  const forget = (sent: Bet) => setStake((now) => (now.trim() === sent.stake ? '' : now));
  const asked = useDebounced(stake.trim());
  const isOpen = market.status === 'open';
  const quote = useQuote(market, side, isOpen ? asked : '');
  const isQuoted = quote.data?.side === side && asked === stake.trim() && !quote.isPlaceholderData;
  const bet = (): Bet => {
    // Nobody knows whether the last one was done: the same again, not another one with the shares of a newer quote.
    const last = isUnanswered(order.error) ? order.variables : undefined;
    if (last?.side === side && last.stake === asked) return last;
    const least = leastShares(quote.data?.shares ?? '0', tolerance);
    return { side, stake: asked, ...(tolerance === '100' ? {} : { minShares: least }) };
  };
  const receipt = order.data && (
    <p role="status">
      Bought {groupDigits(order.data.lot.shares)} {outcomeWords[order.data.lot.side]} shares for{' '}
      <Amount value={order.data.lot.stake} unit="LCO" />.
    </p>
  );
  if (!isOpen) {
    return (
      <Card title="Bet">
        <p>{whyClosed[market.status] ?? 'This market takes no more bets.'}</p>
        {receipt}
        <ProblemNotice error={order.error} />
      </Card>
    );
  }
  return (
    <ApiForm
      title="Bet"
      error={order.error ?? quote.error}
      isQuiet={!order.error}
      fields={['side', 'stake']}
      onSend={() => order.mutate(bet(), { onSuccess: (_answer, sent) => forget(sent) })}
      button={
        <Button type="submit" isDisabled={order.isPending || !isQuoted}>
          Bet on {outcomeWords[side]}
        </Button>
      }
    >
      <Choice
        label="Outcome"
        name="side"
        options={sides.map((each) => [
          each,
          `${outcomeWords[each]} ${formatProbability(market.pool[each].probability)}`,
        ])}
        value={side}
        onChange={setSide}
      />
      <Field
        label="Amount in LCO"
        name="stake"
        inputMode="decimal"
        autoComplete="off"
        isRequired
        value={stake}
        onChange={setStake}
      />
      {available !== undefined && (
        <p className="bet-available">
          Available: <Amount value={available} unit="LCO" />
          <Button className="plain" onPress={() => setStake(available)}>
            Bet all
          </Button>
        </p>
      )}
      <Select
        label="Slippage tolerance"
        name="tolerance"
        options={tolerances}
        value={tolerance}
        onChange={setTolerance}
      />
      {quote.data && asked !== '' && !quote.error && (
        <BetQuote
          market={market}
          quote={quote.data}
          isStale={!isQuoted}
          minShares={tolerance === '100' ? null : leastShares(quote.data.shares, tolerance)}
        />
      )}
      <p className="unit">A bet is final: it cannot be sold or taken back.</p>
      {receipt}
    </ApiForm>
  );
}
