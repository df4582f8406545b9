// Refusals whose form is no longer there, above the page until it is left.
import { useEffect, useSyncExternalStore } from 'react';
import { Button } from 'react-aria-components';
import { useLocation } from 'wouter';
import { lateRefusals } from '../api/late-refusals';
import { ProblemNotice } from '../ui/problem-notice';

export function LateNotices() {
  const refusals = useSyncExternalStore(lateRefusals.watch, lateRefusals.all);
  const [location] = useLocation();
  useEffect(() => lateRefusals.clear(), [location]);
  if (refusals.length === 0) return null;
  return (
    <section aria-label="What was refused">
      {refusals.map((error, index) => (
        <ProblemNotice key={index} error={error} />
      ))}
      <Button onPress={lateRefusals.clear}>Understood</Button>
    </section>
  );
}
