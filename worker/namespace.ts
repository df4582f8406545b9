// Makes a Temporal namespace fit for our workflows on every start (DESIGN 5): it exists, keeps closed workflows
// for 30 days (a dev server's default is one), and knows the search attributes; a start that names an
// unregistered one is refused. Idempotent, and safe from several workers at once.
import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { msToTs, optionalTsToMs } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';
import { lxEntity, lxKind, lxStatus, lxUser } from '../workflows/search-attributes';

/** What every workflow carries, readable in the Temporal UI; all are keywords. */
export const searchAttributeNames = [lxKind, lxEntity, lxStatus, lxUser].map(({ name }) => name);

const retentionMs = 30 * 24 * 3600 * 1000;
const usableTimeoutMs = 60_000;

const grpcNotFound = 5;
const grpcAlreadyExists = 6;
const grpcPermissionDenied = 7;
const grpcUnimplemented = 12;

/**
 * @returns what could not be set because the server does not let us (Temporal Cloud has its own tools for it)
 *   though workflows run without it.
 * @throws Error when search attributes are missing and cannot be added.
 */
export async function prepareNamespace(
  connection: Connection,
  namespace: string,
): Promise<{ warnings: string[] }> {
  const warnings = await ensureRetention(connection, namespace);
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length > 0) await addSearchAttributes(connection, namespace, missing);
  await waitUntilUsable(connection, namespace);
  return { warnings };
}

async function ensureRetention(connection: Connection, namespace: string): Promise<string[]> {
  const service = connection.workflowService;
  const retention = msToTs(retentionMs);
  try {
    const { config } = await service.describeNamespace({ namespace });
    const current = optionalTsToMs(config?.workflowExecutionRetentionTtl) ?? 0;
    if (current >= retentionMs) return [];
    await service.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: retention },
    });
    return [];
  } catch (error) {
    if (hasCode(error, grpcNotFound)) {
      await service
        .registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention })
        .catch(ignore(grpcAlreadyExists));
      // A new namespace reaches the server's cache after some seconds.
      await waitForQuery(connection, namespace, '');
      return [];
    }
    if (!hasCode(error, grpcPermissionDenied, grpcUnimplemented)) throw error;
    return [`Temporal does not let us set the retention of ${namespace} to 30 days; set it there`];
  }
}

async function missingSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<string[]> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    return searchAttributeNames.filter((name) => !(name in (customAttributes ?? {})));
  } catch (error) {
    // Where they cannot be listed, the wait below finds out whether they are there.
    if (hasCode(error, grpcPermissionDenied, grpcUnimplemented)) return [];
    throw error;
  }
}

async function addSearchAttributes(
  connection: Connection,
  namespace: string,
  names: string[],
): Promise<void> {
  const keyword = temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(names.map((name) => [name, keyword])),
    });
  } catch (error) {
    if (hasCode(error, grpcAlreadyExists)) return;
    if (!hasCode(error, grpcPermissionDenied, grpcUnimplemented)) throw error;
    throw new Error(missingMessage(namespace), { cause: error });
  }
}

/** Servers cache attributes for some seconds; a query that names them tells when they are known. */
async function waitUntilUsable(connection: Connection, namespace: string): Promise<void> {
  const query = searchAttributeNames.map((name) => `${name} = 'none'`).join(' and ');
  try {
    await waitForQuery(connection, namespace, query);
  } catch (error) {
    throw new Error(missingMessage(namespace), { cause: error });
  }
}

async function waitForQuery(connection: Connection, namespace: string, query: string) {
  const deadline = Date.now() + usableTimeoutMs;
  for (;;) {
    try {
      await connection.workflowService.countWorkflowExecutions({ namespace, query });
      return;
    } catch (error) {
      if (!isGrpcServiceError(error) || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

function missingMessage(namespace: string): string {
  return (
    `Temporal's namespace ${namespace} lacks search attributes and does not let us add them. ` +
    `Add these, all of type Keyword, with its own tools: ${searchAttributeNames.join(', ')}`
  );
}

function hasCode(error: unknown, ...codes: number[]): boolean {
  return isGrpcServiceError(error) && codes.includes(error.code);
}

function ignore(code: number): (error: unknown) => void {
  return (error) => {
    if (!hasCode(error, code)) throw error;
  };
}
