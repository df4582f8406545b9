// The ticket: an order of any kind, what it would do, and sending it.
import { Button } from 'react-aria-components';
import { useAvailable } from '../account/balances';
import { answerOf, api } from '../api/client';
import { useWish } from '../api/wish';
import { useMark } from '../live/use-mark';
import { groupDigits } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Choice } from '../ui/choice';
import { Facts } from '../ui/facts';
import { Field } from '../ui/field';
import { Select } from '../ui/select';
import { TickBox } from '../ui/tick-box';
import { useRules } from './market';
import { Outcome } from './order-outcome';
import { PreviewPanel } from './preview-panel';
import { priceText, typeWords } from './texts';
import {
  fieldsOf,
  termsOf,
  timeInForceOf,
  withShare,
  type Draft,
  type OrderTerms,
} from './ticket-draft';

const sides = [
  ['buy', 'Buy'],
  ['sell', 'Sell'],
] as const;
const types = Object.entries(typeWords) as [Draft['type'], string][];

/** Those that say themselves what is wrong with them. */
function namesOf(draft: Draft): string[] {
  const { isStop, hasPrice, isByQuote } = fieldsOf(draft);
  return [
    ...(isStop ? ['triggerPrice'] : []),
    ...(hasPrice ? ['price'] : []),
    isByQuote ? 'quoteQuantity' : 'quantity',
  ];
}

/** What was written meanwhile is another order's. */
function withoutAmounts(now: Draft, sent: Draft): Draft {
  const isSame = now.quantity === sent.quantity && now.quoteQuantity === sent.quoteQuantity;
  return isSame ? { ...now, quantity: '', quoteQuantity: '' } : now;
}

const isEmpty = ({ quantity, quoteQuantity }: Draft) => quantity === '' && quoteQuantity === '';

interface TicketProps {
  readonly draft: Draft;
  readonly onChange: (next: Draft | ((now: Draft) => Draft)) => void;
}

export function OrderTicket({ draft, onChange }: TicketProps) {
  const placing = useWish((terms: OrderTerms, key) =>
    answerOf(api.POST('/api/v1/exchange/orders', { body: { ...terms, clientOrderId: key } })),
  );
  const { side } = draft;
  return (
    <div className="ticket-form order-ticket" data-side={side}>
      <ApiForm
        title="Place an order"
        error={placing.error}
        fields={namesOf(draft)}
        onSend={() => {
          // It was emptied by the order that was placed: its button was pressed once more for that one.
          if (placing.isSuccess && isEmpty(draft)) return;
          placing.mutate(termsOf(draft), {
            onSuccess: () => onChange((now) => withoutAmounts(now, draft)),
          });
        }}
        button={
          <Button type="submit" isDisabled={placing.isPending}>
            {side === 'buy' ? 'Buy LCO' : 'Sell LCO'}
          </Button>
        }
      >
        <Available />
        <Choice
          label="Side"
          options={sides}
          value={side}
          onChange={(chosen) => onChange({ ...draft, side: chosen })}
        />
        <Select
          label="Type"
          options={types}
          value={draft.type}
          onChange={(type) => onChange({ ...draft, type })}
        />
        <Prices draft={draft} onChange={onChange} />
        <AmountField draft={draft} onChange={onChange} />
        <Shares draft={draft} onChange={onChange} />
        <Terms draft={draft} onChange={onChange} />
        <PreviewPanel draft={draft} />
      </ApiForm>
      {placing.data && <Outcome order={placing.data.order} />}
    </div>
  );
}

function Available() {
  const credits = useAvailable('CREDIT');
  const lco = useAvailable('LCO');
  return (
    <div className="available">
      <Facts
        facts={[
          ['Credits available', groupDigits(credits ?? '…')],
          ['LCO available', groupDigits(lco ?? '…')],
        ]}
      />
    </div>
  );
}

const executions = [
  ['market', 'Market order'],
  ['limit', 'Limit order'],
] as const;

function Prices({ draft, onChange }: TicketProps) {
  const mark = useMark()?.mark ?? null;
  const { isStop, hasPrice } = fieldsOf(draft);
  return (
    <>
      {isStop && (
        <>
          <Field
            label={`Trigger: mark price, Credits (now ${priceText(mark)})`}
            name="triggerPrice"
            inputMode="decimal"
            autoComplete="off"
            value={draft.triggerPrice}
            onChange={(triggerPrice) => onChange({ ...draft, triggerPrice })}
          />
          <Choice
            label="Then places a"
            options={executions}
            value={draft.executes}
            onChange={(executes) => onChange({ ...draft, executes })}
          />
        </>
      )}
      {hasPrice && (
        <Field
          label="Price, Credits"
          name="price"
          inputMode="decimal"
          autoComplete="off"
          value={draft.price}
          onChange={(price) => onChange({ ...draft, price })}
        />
      )}
    </>
  );
}

const amounts = [
  ['CREDIT', 'Credits to spend'],
  ['LCO', 'Quantity of LCO'],
] as const;

function AmountField({ draft, onChange }: TicketProps) {
  const { isStop, mayQuote, isByQuote } = fieldsOf(draft);
  return (
    <>
      {mayQuote && !isStop && (
        <Choice
          label="Amount in"
          options={amounts}
          value={draft.amountIn}
          onChange={(amountIn) => onChange({ ...draft, amountIn })}
        />
      )}
      {isByQuote ? (
        <Field
          label="Spend, Credits (fee included)"
          name="quoteQuantity"
          inputMode="decimal"
          autoComplete="off"
          value={draft.quoteQuantity}
          onChange={(quoteQuantity) => onChange({ ...draft, quoteQuantity })}
        />
      ) : (
        <Field
          label="Quantity, LCO"
          name="quantity"
          inputMode="decimal"
          autoComplete="off"
          value={draft.quantity}
          onChange={(quantity) => onChange({ ...draft, quantity })}
        />
      )}
    </>
  );
}

const percents = [25, 50, 75, 100] as const;

function Shares({ draft, onChange }: TicketProps) {
  const asset = draft.side === 'buy' ? 'CREDIT' : 'LCO';
  const assetName = asset === 'CREDIT' ? 'Credits' : asset;
  const available = useAvailable(asset);
  const rules = useRules().data;
  const largestFeeBps = rules && Math.max(rules.makerFeeBps, rules.takerFeeBps);
  const shareOf = (percent: number) =>
    available === undefined || largestFeeBps === undefined
      ? null
      : withShare(draft, percent, { available, largestFeeBps });
  return (
    <div className="shares" role="group" aria-label={`Of the ${assetName} available`}>
      {percents.map((percent) => {
        const next = shareOf(percent);
        return (
          <Button
            key={percent}
            aria-label={`${percent}% of the ${assetName} available`}
            isDisabled={next === null}
            onPress={() => next && onChange(next)}
          >
            {percent}%
          </Button>
        );
      })}
    </div>
  );
}

const timeWords = {
  GTC: 'Good till cancelled (GTC)',
  IOC: 'Immediate or cancel (IOC)',
  FOK: 'Fill or kill (FOK)',
} as const;
const preventions = [
  ['expire_taker', 'Cancel this order'],
  ['expire_maker', 'Cancel the resting order'],
  ['expire_both', 'Cancel both'],
] as const;

function Terms({ draft, onChange }: TicketProps) {
  const { timesInForce, mayBePostOnly } = fieldsOf(draft);
  return (
    <>
      <Select
        label="Time in force"
        options={timesInForce.map((time) => [time, timeWords[time]] as const)}
        value={timeInForceOf(draft)}
        onChange={(timeInForce) => onChange({ ...draft, timeInForce })}
      />
      {mayBePostOnly && (
        <TickBox
          isSelected={draft.isPostOnly}
          onChange={(isPostOnly) => onChange({ ...draft, isPostOnly })}
        >
          Post-only: refused rather than trade at once
        </TickBox>
      )}
      <details className="more">
        <summary>Self-trade prevention</summary>
        <Select
          label="If it meets an order of your own"
          options={preventions}
          value={draft.stp}
          onChange={(stp) => onChange({ ...draft, stp })}
        />
      </details>
    </>
  );
}
