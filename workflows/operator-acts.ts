// What every update carries (DESIGN 5). The API sends them, but so can anybody with the Temporal UI: the form is
// checked here, the operator's role by the command that the activity submits.
import { currentUpdateInfo } from '@temporalio/workflow';
import { isPlainLine } from '../domain/text';
import { refusal } from './refusals';

export interface OperatorAct {
  readonly operatorId: string;
  /** Lands in the audit log. */
  readonly reason: string;
  /** Of the HTTP request; absent when the update was not sent by the API. */
  readonly requestId?: string;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const maxReasonLength = 500;
const maxRequestIdLength = 100;
const maxUpdateIdLength = 1_000;

/** For validators: synchronous, changes nothing. @throws ApplicationFailure INVALID_REQUEST */
export function requireOperatorAct(act: unknown): asserts act is OperatorAct {
  const { operatorId, reason, requestId } = (act ?? {}) as Record<string, unknown>;
  if (typeof operatorId !== 'string' || !uuid.test(operatorId)) {
    throw refusal('INVALID_REQUEST', 'operatorId must be the id of the operator who acts.');
  }
  if (typeof reason !== 'string' || !isPlainLine(reason, maxReasonLength)) {
    throw refusal(
      'INVALID_REQUEST',
      `reason must say why, in one line of 1 to ${maxReasonLength} printable characters; it lands in the audit log.`,
    );
  }
  const isNamed = typeof requestId === 'string' && isPlainLine(requestId, maxRequestIdLength);
  if (requestId !== undefined && !isNamed) {
    throw refusal('INVALID_REQUEST', 'requestId may be left out.');
  }
}

/** For handlers: what the activity's command is told of the act, under the update's id as its key. */
export function decisionOf({ operatorId, reason, requestId }: OperatorAct) {
  const updateId = currentUpdateInfo()?.id ?? '';
  if (!isPlainLine(updateId, maxUpdateIdLength)) {
    throw refusal('INVALID_REQUEST', 'The id of an update is a line of printable characters.');
  }
  // What the ledger and the audit log know the act's request by.
  const knownAs = requestId ?? `update:${updateId}`;
  return { operatorId, reason, decisionKey: updateId, requestId: knownAs };
}
