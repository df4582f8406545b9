// A container's health check of the worker: does Temporal see it poll our task queue? Exits with 1 if not.
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';
import { readConfig } from '../config/config';
import { clientConnectionOptions } from '../services/temporal-options';
import { taskQueue } from '../worker/task-queue';
import { runCommand } from './run-command';

/** A long poll lasts a minute at most, so that one that lives has been seen since. */
const freshMs = 2 * 60_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const connection = await Connection.connect(clientConnectionOptions(config.temporal));
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: config.temporal.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  await connection.close();
  // The SDK's identity is pid@hostname, and a container has a host name of its own.
  const own = (pollers ?? []).find(
    ({ identity, lastAccessTime }) =>
      identity?.endsWith(`@${hostname()}`) &&
      Date.now() - (optionalTsToMs(lastAccessTime) ?? 0) < freshMs,
  );
  if (!own) throw new Error(`no worker of ${hostname()} polls ${taskQueue}`);
}

runCommand(main);
