// The Temporal server of the run, prepared as every start prepares it.
import { Client, Connection } from '@temporalio/client';
import { prepareNamespace, searchAttributeNames } from '../../worker/namespace';
import { testEngines } from '../support/engines';

describe('the Temporal namespace', () => {
  const { temporal } = testEngines();
  let connection: Connection;

  beforeAll(async () => {
    connection = await Connection.connect({ address: temporal.address });
  });
  afterAll(() => connection.close());

  it('keeps closed workflows for 30 days', async () => {
    const { config } = await connection.workflowService.describeNamespace({
      namespace: temporal.namespace,
    });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3600);
  });

  it('accepts a workflow that names every search attribute, right after it was prepared anew', async () => {
    const namespace = `fresh-${Date.now()}`;
    expect(await prepareNamespace(connection, namespace)).toEqual({ warnings: [] });
    const client = new Client({ connection, namespace });
    const handle = await client.workflow.start('nobodyRunsThis', {
      taskQueue: 'nobody',
      workflowId: 'search-attributes',
      searchAttributes: Object.fromEntries(searchAttributeNames.map((name) => [name, ['probe']])),
    });
    await handle.terminate();
  });

  it('is prepared again without complaint', async () => {
    expect(await prepareNamespace(connection, temporal.namespace)).toEqual({ warnings: [] });
  });
});
