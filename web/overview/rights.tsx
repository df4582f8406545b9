// Rights beyond those of the level: perks of Compute Wars, quota of scarce models.
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useEntitlements, type AnyEntitlement } from '../account/entitlements';
import { Amount, groupDigits } from '../ui/amount';
import { Moment } from '../ui/moment';

function wordsOf(right: AnyEntitlement): ReactNode {
  switch (right.kind) {
    case 'perk_choice':
      return (
        <>
          <Link href="/wars">A champion’s perk to choose</Link>, by <Moment at={right.chooseBy} />
        </>
      );
    case 'free_calls':
      return (
        <>
          Free calls for <Amount value={right.left} unit="CREDIT" />, until{' '}
          <Moment at={right.endsAt} />
        </>
      );
    case 'unlimited_concurrency':
      return (
        <>
          As many calls at once as you like, until <Moment at={right.endsAt} />
        </>
      );
    case 'imo_quota':
      return (
        <>
          {groupDigits(String(right.left))} {right.unit} of{' '}
          <Link href={`/launchpad/${right.imoId}`}>{right.model}</Link>, until{' '}
          <Moment at={right.endsAt} />
        </>
      );
  }
}

export function Rights() {
  const { data = [] } = useEntitlements();
  if (data.length === 0) return null;
  return (
    <ul aria-label="Rights beyond the level">
      {data.map((right, index) => (
        <li key={`${right.kind}${index}`}>{wordsOf(right)}</li>
      ))}
    </ul>
  );
}
