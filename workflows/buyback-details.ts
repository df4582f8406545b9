// What the Temporal UI shows of a buyback (DESIGN 2.5 and 5), as Markdown: its close, its price cap, what it bought so
// far, and the burn.
import type { BuybackProgress, BuybackWithSlices } from '../activities/buybacks';
import { literal } from './literal';

export function describeBuyback({ buyback, next }: BuybackProgress, spreadMs: number): string {
  return [
    describeOpening(buyback),
    ...describeClose(buyback),
    ...describeBuying(buyback, spreadMs),
    ...describeSlices(buyback),
    describeStanding(buyback, next),
  ].join('\n\n');
}

function describeOpening({ kind, reason, openedAt, dueAt }: BuybackWithSlices): string {
  return kind === 'weekly'
    ? `The weekly run, due ${dueAt}, opened ${openedAt}.`
    : `An extra run, opened ${openedAt}: ${literal(reason ?? '')}`;
}

function describeClose({ close, profitShareBps }: BuybackWithSlices): string[] {
  if (!close) return [];
  const rows = [
    ['shortfalls', close.shortfalls],
    ['corrections of cost', close.corrections],
    ['loss carried', close.lossCarried],
    ['moved to upstream cost', close.movedToCost],
    ['loss carried on', close.lossCarriedOn],
    ['**net relay profit**', `**${close.profit}**`],
    [`to the ecosystem fund (${profitShareBps / 100}%)`, close.fundShare],
    ['of that for free calls', close.freeCalls],
    ['of that for prizes', close.prize],
    ['trading fees', close.tradingFees],
    ['refilled losses', close.refilledLosses],
    ['to the treasury', close.treasuryShare],
  ];
  const table = rows.map(([what, amount]) => `| ${what} | ${amount} |`);
  return [`| books closed ${close.at} | Credits |\n|---|---|\n${table.join('\n')}`];
}

function describeBuying(run: BuybackWithSlices, spreadMs: number): string[] {
  if (run.status === 'no_mark')
    return ['**No mark**: nothing is bought, the funds wait for the next run.'];
  if (run.priceCap === null) return [];
  const { burn, prize, slicesPlanned, mark, averageMark, priceCap } = run;
  return [
    `Mark ${mark}, 24 h average ${averageMark}: pays **at most ${priceCap}** Credits for one LCO. ` +
      `Spends ${burn.budget} Credits to burn (${burn.carriedOver} of earlier runs) and ${prize.budget} for the prize pool ` +
      `(${prize.carriedOver}), in ${slicesPlanned} slices within ${spreadMs / 60_000} min.`,
  ];
}

function describeSlices({ slices }: BuybackWithSlices): string[] {
  if (slices.length === 0) return [];
  const rows = slices.map(
    (slice) =>
      `| ${slice.slice} | ${slice.for} | ${slice.executedAt} | ${slice.budget} | ${slice.spent} | ${slice.bought} | ${slice.averagePrice ?? ''} | ${slice.reason ?? ''} |`,
  );
  return [
    `| slice | for | at | budget | spent | LCO | average price | why not more |\n|---|---|---|---|---|---|---|---|\n${rows.join('\n')}`,
  ];
}

function describeStanding(run: BuybackWithSlices, next: BuybackProgress['next']): string {
  switch (run.status) {
    case 'opened':
      return next.kind === 'start' && next.why === 'mark'
        ? 'Waits for a fresh mark.'
        : 'Waits for the run before it to end.';
    case 'paused':
      return '**Paused**: send the update `resume` with `{ "operatorId": "…", "reason": "…" }`.';
    case 'buying':
      return `So far ${run.burn.bought} LCO to burn and ${run.prize.bought} LCO for prizes.`;
    case 'no_mark':
      return `**Over** since ${run.endedAt}.`;
    case 'completed':
      return run.burnSeq === null
        ? `**Over** since ${run.endedAt}: nothing was bought to burn.`
        : `**Burned ${run.burned} LCO**, record ${run.burnSeq} of the burn log, ${run.endedAt}.`;
  }
}
