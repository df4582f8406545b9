// What the Temporal UI shows of an IMO (DESIGN 2.7 and 5), as Markdown: where it stands, its terms and its figures.
import type { Imo } from '../activities/imos';

export function describeImo(imo: Imo): string {
  return [
    `**${imo.quota} ${imo.unit}** of the model \`${imo.model}\`.`,
    describePhase(imo),
    describeTerms(imo),
    describeLocks(imo),
  ].join('\n\n');
}

function describePhase({ status, opensAt, closesAt, expiresAt, endedAt, cancelReason }: Imo) {
  const steer =
    'To cancel it send the update `cancel` with `{ "operatorId": "…", "reason": "…" }`; all locks come back.';
  switch (status) {
    case 'announced':
      return `**Announced**: subscriptions from ${opensAt} to ${closesAt}. ${steer}`;
    case 'open':
      return `**Open** for subscriptions until ${closesAt}. ${steer}`;
    case 'closing':
      return `**Closing**: subscriptions ended ${closesAt}; locks are weighed and the quota is given out.`;
    case 'active':
      return `**Active**: holders may call until ${expiresAt}. ${steer}`;
    case 'expired':
      return `**Expired** ${expiresAt}.`;
    case 'cancelled':
      return `**Cancelled** ${endedAt}: ${cancelReason}`;
  }
}

function describeTerms({ weights, capPerUser, minParticipants, minLocked, unit }: Imo): string {
  const levels = Object.entries(weights).map(([level, weight]) => `${level} x${weight}`);
  return [
    `Weights: ${levels.join(', ')}.`,
    capPerUser === null ? 'No cap.' : `At most ${capPerUser} ${unit} for one.`,
    ...(minParticipants === null ? [] : [`At least ${minParticipants} participants.`]),
    ...(minLocked === null ? [] : [`At least ${minLocked} LCO.`]),
  ].join(' ');
}

function describeLocks(imo: Imo): string {
  const rows = [
    ['subscriptions', imo.subscriptions],
    ['LCO locked', imo.locked],
    ['participants at the close', imo.participants ?? ''],
    ['their LCO', imo.participantsLocked ?? ''],
    ['given out', imo.allocatedQuota ?? ''],
    ['locks not returned', imo.openLocks],
  ];
  return `| | |\n|---|---|\n${rows.map(([what, value]) => `| ${what} | ${value} |`).join('\n')}`;
}
