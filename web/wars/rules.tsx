// The rules in short (whitepaper 4.3).
import { Card } from '../ui/card';
import { spanText } from '../ui/span-text';
import type { Round } from './prizes';

/** @param round whose lengths they are */
export function Rules({ round }: { readonly round: Round }) {
  const { startsAt, endsAt, provisionalMs, perkChoiceMs, perkMs } = round;
  const roundMs = Date.parse(endsAt) - Date.parse(startsAt);
  return (
    <Card title="Rules">
      <ul className="rules">
        <li>A round lasts {spanText(roundMs)}. Who spends most on calls wins.</li>
        <li>
          Every Credit charged for a call counts in the round in which the call ends. Free calls
          count nothing.
        </li>
        <li>
          The ten best share the prize pool. Equal spending is an equal rank, and shares the places
          that it fills. The Friday buyback fills the pool.
        </li>
        <li>
          For {spanText(provisionalMs)} after the end the ranking is provisional: operators may
          disqualify for stolen keys or funds, and the rest move up. Then the prizes are paid.
        </li>
        <li>
          The champion chooses within {spanText(perkChoiceMs)}, for {spanText(perkMs)}: free calls,
          or unlimited concurrency. Of equals the champion is who got there first.
        </li>
      </ul>
    </Card>
  );
}
