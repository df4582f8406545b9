// What the Temporal UI lists and filters workflows by (DESIGN 5); the worker registers them on every start.
import { defineSearchAttributeKey } from '@temporalio/common';

/** The workflow's noun, for example `redemption`. */
export const lxKind = defineSearchAttributeKey('LxKind', 'KEYWORD');
/** The id of the row whose lifecycle it is. */
export const lxEntity = defineSearchAttributeKey('LxEntity', 'KEYWORD');
/** The status of that row, as the workflow knows it. */
export const lxStatus = defineSearchAttributeKey('LxStatus', 'KEYWORD');
/** The user it concerns. */
export const lxUser = defineSearchAttributeKey('LxUser', 'KEYWORD');
