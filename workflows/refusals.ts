// How a workflow refuses. Only an ApplicationFailure is an answer: a plain Error would retry the workflow task
// for ever (DESIGN 5).
import { ApplicationFailure } from '@temporalio/common';
import type { DomainErrorCode } from '../domain/errors';

export function refusal(code: DomainErrorCode, message: string): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: code,
    nonRetryable: true,
    category: 'BENIGN',
  });
}
