// What the Temporal UI shows of a position (DESIGN 2.6 and 5), as Markdown: what it holds and owes, how far it is from its
// liquidation, and what comes next.
import type { MonitorTerms, PositionProgress } from '../activities/margin';

export function describeMonitor(
  { positionId, userId, side }: MonitorTerms,
  progress: PositionProgress | null,
): string {
  const whose = `A **${side}** position of user \`${userId}\`, \`${positionId}\`.`;
  if (!progress) {
    return `${whose}\n\n**Open**: nothing is done until the mark crosses its key.`;
  }
  const figures = progress.position.status === 'closed' ? [] : [describeFigures(progress)];
  return [whose, describeState(progress), ...figures].join('\n\n');
}

function describeState({ position, next }: PositionProgress): string {
  switch (position.status) {
    case 'open':
      return '**Open**: nothing is done until the mark crosses its key.';
    case 'liquidating':
      return next.waitMs > 1_000
        ? '**Liquidating**: on offer at its bankruptcy price; nobody takes it at the moment.'
        : '**Liquidating**: closed at market, order by order.';
    case 'taken_over':
      return '**Taken over** by the risk reserve, which works it off by limit orders at the mark.';
    case 'closed':
      return `**Closed** ${position.closedAt}: ${position.closeReason}. The owner put in ${position.paidIn} Credits and was paid out ${position.paidOut}; penalties took ${position.penalties}.`;
  }
}

function describeFigures({ position }: PositionProgress): string {
  const { quantity, credits, debt, debtAsset, marginRatio, mark, liquidationPrice } = position;
  return [
    '| LCO | Credits held | owed | mark | margin ratio | liquidation at | penalties |',
    '|---|---|---|---|---|---|---|',
    `| ${quantity} | ${credits} | ${debt} ${debtAsset} | ${mark ?? 'none'} | ${marginRatio ?? 'none'} | ${liquidationPrice ?? 'none'} | ${position.penalties} |`,
  ].join('\n');
}
