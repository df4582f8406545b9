// Opening a position: what is wished at the left, what it would be at the right, before anything is done.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useAvailable } from '../account/balances';
import { answerOf, api } from '../api/client';
import { useWish } from '../api/wish';
import { Amount } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Choice } from '../ui/choice';
import { Field } from '../ui/field';
import { Loaded } from '../ui/loaded';
import { Leverage } from './leverage';
import { useQuote, useTerms, type Opening, type Terms } from './margin-data';
import { bpsOfPercent, nameOfSide } from './margin-text';
import { QuoteCard } from './quote-card';

export function Ticket() {
  return <Loaded query={useTerms()}>{(terms) => <OpenForm terms={terms} />}</Loaded>;
}

const sides = [
  ['long', 'Long'],
  ['short', 'Short'],
] as const;

function OpenForm({ terms }: { readonly terms: Terms }) {
  const [side, setSide] = useState<Opening['side']>('long');
  const [collateral, setCollateral] = useState('');
  const [leverage, setLeverage] = useState('2');
  const [slippage, setSlippage] = useState(String(terms.defaultSlippageBps / 100));
  const available = useAvailable('CREDIT');
  const opening: Opening = {
    side,
    collateral: collateral.trim(),
    leverage: leverage.trim(),
    maxSlippageBps: bpsOfPercent(slippage),
  };
  const quote = useQuote(opening);
  const open = useWish((body: Opening, key) =>
    answerOf(
      api.POST('/api/v1/margin/positions', {
        params: { header: { 'Idempotency-Key': key } },
        body,
      }),
    ),
  );
  return (
    <div className="ticket-form margin-ticket">
      <ApiForm
        title="Open a position"
        error={open.error}
        fields={['collateral', 'leverage', 'maxSlippageBps']}
        onSend={() => {
          // It was emptied by the position that was opened: its button was pressed once more for that one.
          if (open.isSuccess && collateral === '') return;
          open.mutate(opening, {
            // What was written meanwhile is another position's.
            onSuccess: (_answer, sent) =>
              setCollateral((now) => (now.trim() === sent.collateral ? '' : now)),
          });
        }}
        button={
          <Button type="submit" isDisabled={open.isPending}>
            Open {side} {leverage && `${leverage}x`}
          </Button>
        }
      >
        <Choice label="Side" options={sides} value={side} onChange={setSide} />
        <p className="hint">
          {side === 'long'
            ? 'Borrows Credits to buy LCO: you gain when the price rises.'
            : 'Borrows LCO to sell them: you gain when the price falls.'}
        </p>
        <div className="field">
          <Field
            label="Collateral, Credits"
            name="collateral"
            inputMode="decimal"
            autoComplete="off"
            isRequired
            value={collateral}
            onChange={setCollateral}
          />
          <p className="hint">
            At least <Amount value={terms.minCollateral} unit="Credits" />
            {available !== undefined && (
              <>
                ; you have <Amount value={available} unit="Credits" />{' '}
                <Button className="plain" onPress={() => setCollateral(available)}>
                  Use all
                </Button>
              </>
            )}
          </p>
        </div>
        <Leverage terms={terms} value={leverage} onChange={setLeverage} />
        <Field
          label={`Max slippage, % of the mark (up to ${terms.maxSlippageBps / 100})`}
          name="maxSlippageBps"
          inputMode="decimal"
          autoComplete="off"
          isRequired
          value={slippage}
          onChange={setSlippage}
        />
      </ApiForm>
      <div className="margin-quote">
        <QuoteCard quote={quote} terms={terms} />
        <p role="status" className="hint">
          {open.data &&
            !open.isPending &&
            `${nameOfSide(open.data.position.side)} ${open.data.position.leverage}x opened; it is listed below.`}
        </p>
      </div>
    </div>
  );
}
