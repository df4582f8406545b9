// The price that positions are measured by, and whether it is good enough to open by.
import { useMark } from '../live/use-mark';
import { Price } from './price';

export function MarkLine() {
  const mark = useMark();
  return (
    <p className="mark-line">
      Mark price: {mark?.mark ? <Price value={mark.mark} /> : mark ? 'none yet' : '…'}
      {mark?.mark && !mark.isTwoSided && (
        <small>
          The order book is too thin or one-sided at the moment: no position opens, and no
          collateral is taken out.
        </small>
      )}
    </p>
  );
}
