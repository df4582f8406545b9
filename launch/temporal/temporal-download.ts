// Run as a process: fetches the Temporal CLI into a folder by the SDK's own download, which starts the server
// once. Arguments: the folder and the version (v1.5.1).
import { TestWorkflowEnvironment } from '@temporalio/testing';

async function fetchTemporal(downloadDir: string, version: string): Promise<void> {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir, version, ttl: '100 days' } },
  });
  await environment.teardown();
}

const [downloadDir, version] = process.argv.slice(2);
if (downloadDir === undefined || version === undefined)
  throw new Error('folder and version are missing');
fetchTemporal(downloadDir, version).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
