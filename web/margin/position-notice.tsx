// What is said of a position that is not simply open.
import { formatShare } from '../ui/share';
import type { Position } from './margin-data';

export function PositionNotice({ position }: { readonly position: Position }) {
  const text = noticeOf(position);
  return text === null ? null : (
    <p className="position-notice" role="status">
      <strong>{text.title}</strong> {text.detail}
    </p>
  );
}

function noticeOf({ status, triggered, maintenanceRatio }: Position) {
  if (status === 'liquidating') {
    return {
      title: 'Being liquidated.',
      detail: `Its margin ratio fell below ${formatShare(maintenanceRatio)}. It is closed order by order, with a penalty of 2% of what is traded, until what is left is safe again. Nobody can change it meanwhile.`,
    };
  }
  if (status === 'taken_over') {
    return {
      title: 'Taken over by the risk reserve.',
      detail:
        'Nobody traded with it in time. What it holds and owes is the reserve’s; nothing is paid out, and nothing more is asked of you.',
    };
  }
  if (triggered !== null) {
    return {
      title: triggered === 'stop_loss' ? 'Stop loss reached.' : 'Take profit reached.',
      detail: 'It is being closed at market.',
    };
  }
  return null;
}
