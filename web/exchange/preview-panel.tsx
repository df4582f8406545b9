// What the order would do if it came now, before it is sent.
import { Problem } from '../api/problem';
import { isUnanswered } from '../api/wish';
import { Amount } from '../ui/amount';
import { Facts } from '../ui/facts';
import { priceText, reasonText, shareText } from './texts';
import type { Draft } from './ticket-draft';
import { usePreview, type OrderPreview } from './use-preview';

export function PreviewPanel({ draft }: { readonly draft: Draft }) {
  const { data, error, isWritten, isOfDraft } = usePreview(draft);
  return (
    <div className="preview" role="group" aria-label="Preview">
      {!isWritten ? (
        <p className="empty">Fill in the order to see what it would do.</p>
      ) : isUnanswered(error) ? (
        <p className="empty">It cannot be looked up just now.</p>
      ) : error ? (
        <Refusal error={error} />
      ) : data && isOfDraft ? (
        <Foretold preview={data} draft={draft} />
      ) : (
        <p className="empty">Looking at the book …</p>
      )}
    </div>
  );
}

function Refusal({ error }: { readonly error: Error }) {
  const fields = error instanceof Problem ? Object.entries(error.fields) : [];
  return (
    <p className="outcome down">
      It would be refused:{' '}
      {fields.length === 0
        ? error.message
        : fields.map(([field, message]) => `${field}: ${message}`).join('; ')}
    </p>
  );
}

interface ForetoldProps {
  readonly preview: OrderPreview;
  readonly draft: Draft;
}

function Foretold({ preview, draft }: ForetoldProps) {
  const { averagePrice, worstPrice, slippage, slippageToMark, fee, restingFee } = preview;
  const isFilling = averagePrice !== null;
  const isResting = preview.restingQuantity !== '0';
  return (
    <>
      <p className="outcome">{outcomeOf(preview, draft)}</p>
      <Facts
        facts={[
          [
            'Average price',
            averagePrice === null ? 'none' : <Amount value={averagePrice} unit="CREDIT" />,
          ],
          ['Worst price', worstPrice === null ? 'none' : priceText(worstPrice)],
          ['vs best price', slippage === null ? 'none' : <Slippage share={slippage} />],
          ['vs mark price', slippageToMark === null ? 'none' : <Slippage share={slippageToMark} />],
          ['Value traded', <Amount key="value" value={preview.filledNotional} unit="CREDIT" />],
          [
            'Fee',
            <>
              <Amount value={fee} unit="CREDIT" />
              <small>
                {isFilling && 'taker'}
                {isFilling && isResting && '; '}
                {isResting &&
                  (restingFee === '0' ? 'none as maker' : `${restingFee} more as maker`)}
              </small>
            </>,
          ],
          ['Rests in the book', <Amount key="rests" value={preview.restingQuantity} unit="LCO" />],
          preview.expiredQuantity !== null && [
            'Not executed',
            <Amount key="expires" value={preview.expiredQuantity} unit="LCO" />,
          ],
          preview.unspent !== null && [
            'Not spent',
            <Amount key="unspent" value={preview.unspent} unit="CREDIT" />,
          ],
          ['Needs', <Amount key="needs" value={preview.needed} unit={preview.asset} />],
        ]}
      />
      {!preview.isCovered && (
        <p className="outcome down">
          Not enough: <Amount value={preview.available} unit={preview.asset} /> available.
        </p>
      )}
      {preview.expiredOrders.length > 0 && (
        <p className="outcome">
          It meets {preview.expiredOrders.length} of your own orders, which would be cancelled.
        </p>
      )}
    </>
  );
}

function Slippage({ share }: { readonly share: string }) {
  const isBetter = share.startsWith('-');
  const size = isBetter ? share.slice(1) : share;
  return (
    <span className="figures">
      {shareText(size)} {Number(share) === 0 ? '' : isBetter ? 'better' : 'worse'}
    </span>
  );
}

function outcomeOf(preview: OrderPreview, draft: Draft): string {
  const { status, reason, filledQuantity, restingQuantity, triggersOn, mark } = preview;
  if (triggersOn !== null) {
    const verb = triggersOn === 'rise' ? 'rises' : 'falls';
    return `Waits until the mark price (${priceText(mark)}) ${verb} to ${draft.triggerPrice.trim()}.`;
  }
  const fills = filledQuantity === '0' ? '' : `${filledQuantity} LCO trade at once`;
  if (status === 'filled') return `${fills}: it is filled.`;
  if (status === 'open') {
    return fills === ''
      ? `Rests in the book until somebody trades with it.`
      : `${fills}, ${restingQuantity} LCO rest in the book.`;
  }
  return `${fills === '' ? 'Nothing trades' : `${fills}, the rest expires`}: ${reasonText(reason ?? status)}.`;
}
