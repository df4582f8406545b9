// What the Temporal UI shows of a prediction market (DESIGN 2.8 and 5), as Markdown: where it stands, what may be done, and
// its figures as of the last step.
import type { PublicMarket } from '../activities/predictions';
import { excerpt, literal } from './literal';

export function describeMarket(market: PublicMarket): string {
  return [
    `**Question** ${literal(market.question)}`,
    `**Rules** ${excerpt(market.rules, maxExcerpt)}`,
    `**Source** ${literal(market.source)}`,
    describeStatus(market),
    ...describeResolution(market),
    ...describeDispute(market),
    describeFigures(market),
  ].join('\n\n');
}

/** Details have a limit of some kilobytes; the whole text is in the API. */
const maxExcerpt = 1_000;

function percent(probability: string): string {
  return `${(Number(probability) * 100).toFixed(1)}%`;
}

const act = '`{ "operatorId": "…", "reason": "…" }`';
const resolution =
  '`{ "operatorId": "…", "reason": "…", "outcome": "yes", "effectiveAt": "2026-01-01T00:00:00Z" }`';

function describeStatus(market: PublicMarket): string {
  const { status, closesAt, expiresAt, voidsAt, review, voided, settlement, endedAt } = market;
  switch (status) {
    case 'proposed':
      return `**Proposed**: send the update \`approve\` or \`reject\` with ${act}. Unanswered it expires ${expiresAt}.`;
    case 'open':
      return `**Open** for bets until ${closesAt}. Is the answer known before, send \`resolve\` with ${resolution}; \`void\` with ${act} returns all stakes.`;
    case 'locked':
      return `**Locked**: send \`resolve\` with ${resolution} (the reason is the evidence), or \`void\` with ${act}. Without an outcome it is void ${voidsAt}.`;
    case 'resolution_proposed':
      return `**An outcome is proposed**: holders may dispute it until ${market.resolution?.disputableUntil}. A second operator may send \`void\` with ${act}.`;
    case 'disputed':
      return `**Disputed**: a second operator sends \`rule\` with ${resolution}, or \`void\` with ${act}. Without a ruling the proposed outcome stands ${market.dispute?.rulingUntil}.`;
    case 'final':
      return `**Final**: ${market.outcome}.`;
    case 'settling':
      return `**Settling**: ${market.outcome} won; ${settlement?.settledLots ?? 0} of ${lotsOf(market)} lots are paid.`;
    case 'settled':
      return `**Settled** ${endedAt}: ${market.outcome} won, ${settlement?.paid} LCO were paid, ${settlement?.burned} burned.`;
    case 'voiding':
      return `**Void** (${describeVoid(voided)}): stakes are on their way back.`;
    case 'void':
      return `**Void** ${endedAt} (${describeVoid(voided)}): every stake came back.`;
    case 'rejected':
      return `**Rejected** ${endedAt}: ${literal(review?.reason ?? '')}`;
    case 'expired':
      return `**Expired** ${endedAt}: nobody approved it; the seed came back.`;
  }
}

function lotsOf({ bets }: PublicMarket): number {
  return bets + 1;
}

function describeVoid(voided: PublicMarket['voided']): string {
  switch (voided?.cause) {
    case 'unresolved':
      return 'nobody proposed an outcome in time';
    case 'thin':
      return 'a side was hardly bet on';
    case 'operator':
      return `by ${literal(voided.operator ?? '')}: ${literal(voided.reason ?? '')}`;
    case undefined:
      return '';
  }
}

function describeResolution({ resolution }: PublicMarket): string[] {
  if (!resolution) return [];
  const { outcome, effectiveAt, evidence, operator, at } = resolution;
  return [
    `**Outcome** ${outcome}, as of ${effectiveAt}; proposed ${at} by ${literal(operator)}: ${literal(evidence)}`,
  ];
}

function describeDispute({ dispute, outcome, effectiveAt }: PublicMarket): string[] {
  if (!dispute) return [];
  const { handle, at, bond, bondFate, evidence, ruling } = dispute;
  const disputed = `**Dispute** ${at} by ${literal(handle)}, bond of ${bond} LCO ${bondFate}: ${excerpt(evidence, maxExcerpt)}`;
  if (!ruling) return [disputed];
  return [
    disputed,
    `**Ruling** ${outcome}, as of ${effectiveAt}; ${ruling.at} by ${literal(ruling.operator)}: ${literal(ruling.reason)}`,
  ];
}

function describeFigures({ pool, volume, bets, holders, seed }: PublicMarket): string {
  const rows = [
    ['LCO in the pool', pool.staked],
    ['of it the seed', seed],
    ['volume', volume],
    ['bets, holders', `${bets}, ${holders}`],
    ['probability of YES', percent(pool.yes.probability)],
    ['probability of NO', percent(pool.no.probability)],
  ];
  const table = rows.map(([what, value]) => `| ${what} | ${value} |`).join('\n');
  return `As of the last step:\n\n| | |\n|---|---|\n${table}`;
}
