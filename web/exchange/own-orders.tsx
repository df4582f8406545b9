// The user's own: open orders, those that ended, and fills; asked for anew whenever the stream tells of one.
import { useRef, useState } from 'react';
import { Button, Tab, TabList, TabPanel, Tabs, type Key } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import { lateRefusals } from '../api/late-refusals';
import type { ItemOf } from '../api/types';
import { usePages } from '../api/use-pages';
import { useWish } from '../api/wish';
import { ownKeys } from '../live/use-live-account';
import { Amount, groupDigits } from '../ui/amount';
import { DataTable, type Column } from '../ui/data-table';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { ProblemNotice } from '../ui/problem-notice';
import { SureButton } from '../ui/sure-button';
import { AmendForm, canBeAmended } from './amend-form';
import { priceText, reasonText, sideWords, typeWords } from './texts';

export type Order = ItemOf<'/api/v1/exchange/orders'>;
type Fill = ItemOf<'/api/v1/exchange/fills'>;

const everyMs = 15_000;

function useOrders(status: 'open' | 'closed', limit: number) {
  return usePages({
    queryKey: [...ownKeys.orders, status],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/exchange/orders', {
          params: { query: { status, limit, ...(cursor === undefined ? {} : { cursor }) } },
        }),
      ),
    refetchInterval: everyMs,
  });
}

/** More may not be open. */
const mostOpen = 200;
const pageSize = 25;

export function OwnOrders() {
  const open = useOrders('open', mostOpen);
  const [tab, setTab] = useState<Key>('open');
  return (
    <section className="own" aria-label="Your orders">
      <h2 className="unseen">Your orders</h2>
      <Tabs selectedKey={tab} onSelectionChange={(key) => lateRefusals.putAway(() => setTab(key))}>
        <TabList aria-label="Your orders">
          <Tab id="open">Open orders ({open.data?.length ?? '…'})</Tab>
          <Tab id="closed">Order history</Tab>
          <Tab id="fills">Fills</Tab>
        </TabList>
        <TabPanel id="open">
          <Loaded query={open}>{(orders) => <OpenOrders orders={orders} />}</Loaded>
        </TabPanel>
        <TabPanel id="closed">
          <ClosedOrders />
        </TabPanel>
        <TabPanel id="fills">
          <Fills />
        </TabPanel>
      </Tabs>
    </section>
  );
}

/** The row of a cancelled order goes, and the next one comes below the pointer: a second press so soon was meant for the first. */
const secondPressMs = 700;

function OpenOrders({ orders }: { readonly orders: readonly Order[] }) {
  const [amendedId, setAmendedId] = useState<string | null>(null);
  const amend = (id: string | null) => lateRefusals.putAway(() => setAmendedId(id));
  const amended = orders.find(({ id }) => id === amendedId);
  const cancelling = useWish((id: string) =>
    answerOf(api.DELETE('/api/v1/exchange/orders/{id}', { params: { path: { id } } })),
  );
  const cancelledAt = useRef(0);
  const cancel = (id: string) => {
    if (Date.now() - cancelledAt.current < secondPressMs) return;
    cancelling.mutate(id, { onSettled: () => (cancelledAt.current = Date.now()) });
  };
  const cancellingAll = useWish(() => answerOf(api.DELETE('/api/v1/exchange/orders')));
  return (
    <>
      <ProblemNotice error={cancelling.error ?? cancellingAll.error} />
      {amended && <AmendForm key={amended.id} order={amended} onDone={() => amend(null)} />}
      <DataTable
        caption="Open orders"
        columns={[
          ...termColumns,
          {
            name: 'Filled',
            cell: ({ filledQuantity, quantity }) =>
              quantity === null
                ? filledQuantity
                : `${groupDigits(filledQuantity)} of ${groupDigits(quantity)}`,
          },
          {
            name: 'Holds',
            cell: ({ held, side }) => (
              <Amount value={held} unit={side === 'buy' ? 'CREDIT' : 'LCO'} />
            ),
          },
          {
            name: 'Actions',
            cell: (order) => (
              <span className="row-actions">
                {canBeAmended(order) && (
                  <Button aria-label={`Amend ${nameOf(order)}`} onPress={() => amend(order.id)}>
                    Amend
                  </Button>
                )}
                <Button
                  aria-label={`Cancel ${nameOf(order)}`}
                  isDisabled={cancelling.isPending}
                  onPress={() => cancel(order.id)}
                >
                  Cancel
                </Button>
              </span>
            ),
          },
        ]}
        rows={orders}
        keyOf={({ id }) => id}
        isCurrent={({ id }) => id === amendedId}
        empty="You have no open orders."
      />
      {orders.length > 1 && (
        <SureButton
          label="Cancel all"
          question={`Cancel all ${orders.length} orders?`}
          onSure={() => cancellingAll.mutate(undefined)}
          isDisabled={cancellingAll.isPending}
        />
      )}
    </>
  );
}

/** `Buy 10 LCO at 0.1, trigger 0.2`, as far as it has them. */
function nameOf({ side, quantity, quoteQuantity, price, triggerPrice }: Order): string {
  const size = quantity === null ? `for ${quoteQuantity ?? ''} Credits` : `${quantity} LCO`;
  const limit = price === null ? '' : ` at ${price}`;
  const trigger = triggerPrice === null ? '' : `, trigger ${triggerPrice}`;
  return `${sideWords[side]} ${size}${limit}${trigger}`;
}

function ClosedOrders() {
  const closed = useOrders('closed', pageSize);
  return (
    <PagedTable
      query={closed}
      caption="Order history"
      columns={closedColumns}
      keyOf={({ id }) => id}
      empty="None of your orders has ended yet."
    />
  );
}

function Fills() {
  const fills = usePages({
    queryKey: [...ownKeys.fills, 'list'],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/exchange/fills', {
          params: { query: { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) } },
        }),
      ),
    refetchInterval: everyMs,
  });
  return (
    <PagedTable
      query={fills}
      caption="Fills"
      columns={fillColumns}
      keyOf={({ tradeId }) => tradeId}
      empty="None of your orders was filled yet."
    />
  );
}

function Side({ side }: Pick<Order, 'side'>) {
  return <span className={side === 'buy' ? 'up' : 'down'}>{sideWords[side]}</span>;
}

function termsText({ type, timeInForce, postOnly }: Order): string {
  return [typeWords[type], timeInForce, ...(postOnly ? ['post-only'] : [])].join(', ');
}

const termColumns: readonly Column<Order>[] = [
  { name: 'Placed', isText: true, cell: ({ acceptedAt }) => <Moment at={acceptedAt} /> },
  { name: 'Side', isText: true, cell: ({ side }) => <Side side={side} /> },
  { name: 'Type', isText: true, cell: termsText },
  {
    name: 'Trigger',
    cell: ({ triggerPrice }) => (triggerPrice === null ? 'none' : priceText(triggerPrice)),
  },
  { name: 'Price', cell: ({ price }) => (price === null ? 'market' : priceText(price)) },
];

const closedColumns: readonly Column<Order>[] = [
  ...termColumns,
  {
    name: 'Filled',
    cell: ({ filledQuantity, quantity, quoteQuantity }) => (
      <>
        {groupDigits(filledQuantity)}{' '}
        {quantity === null ? (
          <small>for at most {groupDigits(quoteQuantity ?? '')} Credits</small>
        ) : (
          `of ${groupDigits(quantity)}`
        )}
      </>
    ),
  },
  {
    name: 'Average price',
    cell: ({ averagePrice }) => (averagePrice === null ? 'none' : averagePrice),
  },
  { name: 'Fee', cell: ({ fee }) => <Amount value={fee} unit="CREDIT" /> },
  {
    name: 'Ended',
    isText: true,
    cell: ({ status, reason, closedAt }) => (
      <>
        {status}
        {reason !== null && `: ${reasonText(reason)}`}
        {closedAt !== null && (
          <small>
            <Moment at={closedAt} />
          </small>
        )}
      </>
    ),
  },
];

const fillColumns: readonly Column<Fill>[] = [
  { name: 'Time', isText: true, cell: ({ at }) => <Moment at={at} /> },
  { name: 'Side', isText: true, cell: ({ side }) => <Side side={side} /> },
  { name: 'Role', isText: true, cell: ({ role }) => role },
  { name: 'Price', cell: ({ price }) => priceText(price) },
  { name: 'Quantity', cell: ({ quantity }) => <Amount value={quantity} unit="LCO" /> },
  { name: 'Value', cell: ({ notional }) => <Amount value={notional} unit="CREDIT" /> },
  { name: 'Fee', cell: ({ fee }) => <Amount value={fee} unit="CREDIT" /> },
];
