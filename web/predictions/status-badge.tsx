// Where a market stands.
import { statusWords, type Status } from './market-words';

export function StatusBadge({ status }: { readonly status: Status }) {
  return (
    <span className="prediction-status" data-status={status}>
      {statusWords[status]}
    </span>
  );
}
