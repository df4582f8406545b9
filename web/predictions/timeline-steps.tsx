// What happened in a market so far, and the one thing that comes next.
import type { ReactNode } from 'react';
import { Amount } from '../ui/amount';
import { Moment } from '../ui/moment';
import { BurnLink } from './burn-link';
import { outcomeWords, voidWords, type Market } from './market-words';

interface Step {
  readonly name: string;
  /** ISO 8601; of what has not happened, when it will at the latest. */
  readonly at: string | null;
  readonly isDone: boolean;
  readonly more?: ReactNode;
}

function done(name: string, at: string | null, more?: ReactNode): Step {
  return { name, at, isDone: true, more };
}

function next(name: string, at: string | null, more?: ReactNode): Step {
  return { name, at, isDone: false, more };
}

function Said({ by, text }: { readonly by: string; readonly text?: string | null }) {
  return (
    <p className="prediction-said">
      <span className="user-text">{by}</span>
      {text && <q className="user-text">{text}</q>}
    </p>
  );
}

export function stepsOf(market: Market): readonly Step[] {
  return [
    done('Proposed', market.proposedAt, <Said by={`by ${market.proposer}`} />),
    ...reviewSteps(market),
    ...resolutionSteps(market),
    ...disputeSteps(market),
    ...endSteps(market),
  ];
}

function reviewSteps(market: Market): Step[] {
  const { status, review, expiresAt, openedAt, endedAt, lockedAt, closesAt } = market;
  const said = review && <Said by={`by ${review.operator}`} text={review.reason} />;
  if (status === 'rejected') return [done('Rejected, the seed returned', endedAt, said)];
  if (status === 'expired') return [done('Expired unanswered, the seed returned', endedAt)];
  if (openedAt === null) {
    const more = 'An operator approves or rejects it. If none does, the seed returns.';
    return [next('Expires unless approved', expiresAt, <p>{more}</p>)];
  }
  const opened = done('Approved, betting open', openedAt, said);
  if (lockedAt !== null) return [opened, done('Betting closed', lockedAt)];
  return [opened, ...(status === 'open' ? [next('Betting closes', closesAt)] : [])];
}

function resolutionSteps({ status, resolution, voidsAt }: Market): Step[] {
  if (resolution === null) {
    if (status !== 'locked') return [];
    const more = 'An operator proposes the outcome. If none does, every stake returns.';
    return [next('Void unless an outcome is proposed', voidsAt, <p>{more}</p>)];
  }
  const { outcome, effectiveAt, evidence, operator, at, disputableUntil } = resolution;
  const proposed = done(
    `Outcome proposed: ${outcomeWords[outcome]}`,
    at,
    <>
      <Said by={`by ${operator}`} text={evidence} />
      <p>
        As of <Moment at={effectiveAt} />: later bets return at cost.
      </p>
    </>,
  );
  if (status !== 'resolution_proposed') return [proposed];
  return [proposed, next('Final unless disputed', disputableUntil)];
}

function disputeSteps({ status, dispute }: Market): Step[] {
  if (dispute === null) return [];
  const { handle, evidence, at, bond, bondFate, burnSeq, rulingUntil, ruling } = dispute;
  const disputed = done(
    'Disputed',
    at,
    <>
      <Said by={`by ${handle}`} text={evidence} />
      <p>
        Bond: <Amount value={bond} unit="LCO" />, {bondFate}
        {burnSeq !== null && (
          <>
            {' '}
            as <BurnLink seq={burnSeq} />
          </>
        )}
      </p>
    </>,
  );
  if (ruling) {
    const said = <Said by={`by ${ruling.operator}`} text={ruling.reason} />;
    return [disputed, done('Ruled', ruling.at, said)];
  }
  if (status !== 'disputed') return [disputed];
  const more = 'A second operator rules. If none does, the proposed outcome stands.';
  return [disputed, next('Ruling', rulingUntil, <p>{more}</p>)];
}

function endSteps({ status, outcome, finalAt, voided, endedAt }: Market): Step[] {
  const final = finalAt !== null && outcome !== null && outcome !== 'void';
  const voidedStep =
    voided &&
    done(
      'Voided',
      voided.at,
      <>
        <p>{voidWords[voided.cause]}</p>
        {voided.operator !== null && <Said by={`by ${voided.operator}`} text={voided.reason} />}
      </>,
    );
  return [
    ...(final ? [done(`Final: ${outcomeWords[outcome]}`, finalAt)] : []),
    ...(voidedStep ? [voidedStep] : []),
    ...(status === 'final' || status === 'settling' ? [next('Settlement under way', null)] : []),
    ...(status === 'voiding' ? [next('Stakes on their way back', null)] : []),
    ...(status === 'settled' ? [done('Settled, winners paid', endedAt)] : []),
    ...(status === 'void' ? [done('Every stake returned', endedAt)] : []),
  ];
}
