// What came of a verification: the verdict by a sign and in words, each check, and the way from the leaf to the root.
import type { ReactNode } from 'react';
import { verdictOf, type ShownClimb, type Verdict, type Verification } from '../proofs/check';

const signs: Readonly<Record<Verdict, string>> = { holds: '✓', fails: '✗', unknown: '?' };
const words: Readonly<Record<Verdict, string>> = {
  holds: 'holds',
  fails: 'is wrong',
  unknown: 'not checked',
};

interface VerdictMarkProps {
  readonly verdict: Verdict;
  readonly children: ReactNode;
}

export function VerdictMark({ verdict, children }: VerdictMarkProps) {
  return (
    <span className="verdict" data-verdict={verdict}>
      <span aria-hidden="true">{signs[verdict]}</span> {children}
    </span>
  );
}

interface VerificationResultProps extends Verification {
  /** By the verdict. */
  readonly conclusions: Readonly<Record<Verdict, string>>;
}

export function VerificationResult({ checks, climb, conclusions }: VerificationResultProps) {
  const verdict = verdictOf(checks);
  return (
    <div className="verification">
      <p role="status">
        <VerdictMark verdict={verdict}>
          <strong>{conclusions[verdict]}</strong>
        </VerdictMark>
      </p>
      <ul className="checks">
        {checks.map((check) => (
          <li key={check.text}>
            <VerdictMark verdict={check.verdict}>
              <span className="unseen">{words[check.verdict]}: </span>
              {check.text}
            </VerdictMark>
          </li>
        ))}
      </ul>
      {climb && <Climb {...climb} />}
    </div>
  );
}

/** Each hash as it was computed here. */
function Climb({ leaf, steps, signedRoot }: ShownClimb) {
  return (
    <details className="climb">
      <summary>From the leaf to the root, hash by hash</summary>
      <ol>
        <li>
          Leaf, computed here <code>{leaf}</code>
        </li>
        {steps.map(({ side, sibling, node }) => (
          <li key={node}>
            With the sibling on the {side} <code>{sibling}</code> it makes <code>{node}</code>
          </li>
        ))}
      </ol>
      <p>
        Root that was signed <code>{signedRoot}</code>
      </p>
    </details>
  );
}
