// A new price or a new quantity of an open order.
import { useState } from 'react';
import { FocusScope } from 'react-aria/FocusScope';
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import type { ItemOf } from '../api/types';
import { useWish } from '../api/wish';
import { ApiForm } from '../ui/api-form';
import { Field } from '../ui/field';
import { sideWords, typeWords } from './texts';

type Order = ItemOf<'/api/v1/exchange/orders'>;

interface AmendFormProps {
  readonly order: Order;
  readonly onDone: () => void;
}

interface Amendment {
  readonly price?: string;
  readonly quantity?: string;
}

/** A stop that spends an amount of Credits has neither. */
export function canBeAmended({ price, quantity }: Order): boolean {
  return price !== null || quantity !== null;
}

export function AmendForm({ order, onDone }: AmendFormProps) {
  /** As it was: an amendment whose answer was lost is the same one when it is sent again, though the order has changed. */
  const [before] = useState(order);
  const [price, setPrice] = useState(order.price ?? '');
  const [quantity, setQuantity] = useState(order.quantity ?? '');
  const amending = useWish((amendment: Amendment, key) =>
    answerOf(
      api.PATCH('/api/v1/exchange/orders/{id}', {
        params: { path: { id: order.id } },
        body: { ...amendment, clientOrderId: key },
      }),
    ),
  );
  return (
    // It stands above the list: whoever asked for it is led to it, and back when it ends.
    <FocusScope autoFocus restoreFocus>
      <div className="amend">
        <ApiForm
          title={`Amend: ${sideWords[order.side]}, ${typeWords[order.type]}`}
          error={amending.error}
          fields={['price', 'quantity']}
          onSend={() =>
            amending.mutate(
              {
                ...(price === (before.price ?? '') ? {} : { price }),
                ...(quantity === (before.quantity ?? '') ? {} : { quantity }),
              },
              { onSuccess: onDone },
            )
          }
          button={
            <span className="buttons">
              <Button type="submit" className="primary" isDisabled={amending.isPending}>
                Amend
              </Button>
              <Button onPress={onDone}>Leave it</Button>
            </span>
          }
        >
          <p>
            A smaller quantity keeps its place in the book; anything else cancels the order and
            places a new one.
          </p>
          {order.price !== null && (
            <Field
              label="Price, Credits"
              name="price"
              inputMode="decimal"
              autoComplete="off"
              value={price}
              onChange={setPrice}
            />
          )}
          {order.quantity !== null && (
            <Field
              label="Quantity, LCO (in all, filled included)"
              name="quantity"
              inputMode="decimal"
              autoComplete="off"
              value={quantity}
              onChange={setQuantity}
            />
          )}
        </ApiForm>
      </div>
    </FocusScope>
  );
}
