// Closing a position at market, all or a share of it, once it was said twice.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import type { BodyOf } from '../api/types';
import { useWish } from '../api/wish';
import { Amount } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Field } from '../ui/field';
import type { Position } from './margin-data';
import { bpsOfPercent, shareOfPercent } from './margin-text';

const shares = ['25', '50', '75', '100'] as const;

type Closing = NonNullable<BodyOf<'/api/v1/margin/positions/{id}/close'>>;

export function CloseForm({ position: { id, side } }: { readonly position: Position }) {
  const [share, setShare] = useState('100');
  const [slippage, setSlippage] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const close = useWish((body: Closing, key) =>
    answerOf(
      api.POST('/api/v1/margin/positions/{id}/close', {
        params: { path: { id }, header: { 'Idempotency-Key': key } },
        body,
      }),
    ),
  );
  const send = () => {
    setIsAsking(false);
    close.mutate({
      fraction: shareOfPercent(share),
      ...(slippage.trim() !== '' && { maxSlippageBps: bpsOfPercent(slippage) }),
    });
  };
  return (
    <ApiForm
      title={`Close this ${side}`}
      error={close.error}
      fields={['fraction', 'maxSlippageBps']}
      onSend={() => setIsAsking(true)}
      button={
        isAsking ? (
          <div role="group" aria-label="Confirm closing" className="buttons">
            <span>
              {side === 'long' ? 'Sell' : 'Buy back'} {share}% of it at market?
            </span>
            <Button className="primary" onPress={send}>
              Yes, close
            </Button>
            <Button autoFocus onPress={() => setIsAsking(false)}>
              No
            </Button>
          </div>
        ) : (
          <Button type="submit" isDisabled={close.isPending}>
            Close {share}%
          </Button>
        )
      }
    >
      <Field
        label="Share to close, %"
        name="fraction"
        inputMode="decimal"
        autoComplete="off"
        isRequired
        value={share}
        onChange={setShare}
      />
      <div className="buttons" role="group" aria-label="Shares">
        {shares.map((one) => (
          <Button key={one} onPress={() => setShare(one)}>
            {one}%
          </Button>
        ))}
      </div>
      <Field
        label="Max slippage, % of the mark (the market's own band if empty)"
        name="maxSlippageBps"
        inputMode="decimal"
        autoComplete="off"
        value={slippage}
        onChange={setSlippage}
      />
      <p role="status" className="hint">
        {close.data && !close.isPending && (
          <>
            Closed <Amount value={close.data.closedQuantity} unit="LCO" />.
          </>
        )}
      </p>
    </ApiForm>
  );
}
