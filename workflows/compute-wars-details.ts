// What the Temporal UI shows of a round of Compute Wars (DESIGN 2.9 and 5), as Markdown: where it stands, its first
// places, its prizes and its perk.
import type { BoardEntry, WarRound, WarStanding } from '../activities/wars';

export function describeRound({ round, top }: WarStanding): string {
  return [
    `From ${round.startsAt} to ${round.endsAt}.`,
    describeStanding(round),
    ...describePool(round),
    ...describeTop(top),
    ...describePrizes(round),
    ...describePerk(round),
  ].join('\n\n');
}

function describeStanding({ status, provisionalUntil, finalisedAt, paidAt }: WarRound): string {
  switch (status) {
    case 'live':
      return '**Live**: Credits charged for relay calls count.';
    case 'provisional':
      return `**Provisional until ${provisionalUntil}**: send the update \`disqualify\` with \`{ "operatorId": "…", "userId": "…", "reason": "…" }\`; the rest move up.`;
    case 'final':
      return `**Final** since ${finalisedAt}: the prizes are being paid.`;
    case 'paid':
      return `**Paid** since ${paidAt}.`;
  }
}

function describePool({ closedAt, prizePool, twap, paid, prizeCapBps }: WarRound): string[] {
  if (closedAt === null) return [];
  const value =
    twap === null
      ? 'there was **no mark in the round, so there are no prizes**'
      : `valued at ${twap} Credits for one LCO, each at most ${prizeCapBps / 100}% of its winner's score`;
  return [
    `Closed ${closedAt} with ${prizePool} LCO in the prize pool; ${value}. Paid: ${paid} LCO.`,
  ];
}

function describeTop(top: readonly BoardEntry[]): string[] {
  if (top.length === 0) return ['Nobody has a score.'];
  const rows = top.map(
    ({ rank, handle, score, gap }) => `| ${rank} | ${handle} | ${score} | ${gap ?? ''} |`,
  );
  return [`| place | player | Credits | gap |\n|---|---|---|---|\n${rows.join('\n')}`];
}

function describePrizes({ prizes }: WarRound): string[] {
  if (prizes === null || prizes.length === 0) return [];
  const rows = prizes.map(
    ({ place, players, percent, prize, capped }) =>
      `| ${place} | ${players} | ${percent}% | ${prize}${capped ? ' (capped)' : ''} |`,
  );
  return [
    `| from place | players | of the pool | LCO each |\n|---|---|---|---|\n${rows.join('\n')}`,
  ];
}

function describePerk({ perk, championId }: WarRound): string[] {
  if (!perk) return [];
  const { choice, byDefault, endsAt, endedAt, budget, returned, chooseBy } = perk;
  if (choice === null)
    return [`The champion \`${championId}\` may choose a perk until ${chooseBy}.`];
  const what =
    choice === 'free_calls' ? `free calls for ${budget} Credits` : 'unlimited concurrency';
  const how = byDefault ? 'by default' : 'chosen';
  const end =
    endedAt === null
      ? `until ${endsAt}`
      : `ended ${endedAt}${returned === null ? '' : `, ${returned} Credits went back`}`;
  return [`The champion \`${championId}\` has **${what}** (${how}), ${end}.`];
}
