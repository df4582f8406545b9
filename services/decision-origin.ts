// How the committer knows an operator's act that comes by an update of a workflow (DESIGN 5): an activity that is tried
// again after its commit finds its answer.
import { createHash } from 'node:crypto';
import type { Origin } from '../ledger/command';

interface Decided {
  readonly operatorId: string;
  readonly requestId: string;
  /** Tells a repeat from a second act: the id of the workflow's update. */
  readonly decisionKey: string;
}

/**
 * @param kind of the command
 * @param subjectId what is decided on
 * @param content all else that was asked: another content under the same key is another request
 */
export function originOfDecision(
  kind: string,
  subjectId: string,
  { operatorId, requestId, decisionKey }: Decided,
  ...content: readonly string[]
): Origin {
  const text = JSON.stringify([kind, subjectId, ...content]);
  const fingerprint = createHash('sha256').update(text).digest();
  const key = `${kind}:${subjectId}:${decisionKey}`;
  return { actor: operatorId, requestId, idempotency: { key, fingerprint } };
}
