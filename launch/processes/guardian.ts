// The guardian: a small process that outlives a supervisor killed without warning, so that a crashed start
// leaves no orphan (DESIGN 7). It holds the other end of a pipe; when that closes without a farewell, it waits
// for the application's processes to drain, then stops the engines in order and clears the files away.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { appStage, type Charge, type Duty } from './guardian-duties';
import { isSameProcess, signalProcess, waitUntil } from './processes';

const charges = new Map<number, Charge>();
const leftovers = new Set<string>();

function accept(duty: Duty): void {
  switch (duty.type) {
    case 'watch':
      charges.set(duty.charge.process.pid, duty.charge);
      break;
    case 'release':
      charges.delete(duty.pid);
      break;
    case 'removeAtEnd':
      leftovers.add(duty.path);
      break;
    case 'endAll':
      void endAll(duty.force ? 'force' : 'signal').then(() => process.exit(0));
      break;
    case 'dismiss':
      process.exit(0);
  }
}

/** Wait for an application's process that has seen the supervisor go; signal it to drain; or end it at once. */
type Manner = 'wait' | 'signal' | 'force';

async function endCharge(charge: Charge, manner: Manner): Promise<void> {
  const { process: identity, signal, forceSignal, selfExitMs, timeoutMs } = charge;
  const gone = () => !isSameProcess(identity);
  const target = charge.group ? -identity.pid : identity.pid;
  if (await waitUntil(gone, manner === 'wait' ? selfExitMs : 0)) return;
  if (manner !== 'force' || charge.stage !== appStage) {
    log(`${charge.name} (pid ${identity.pid}): ${signal}`);
    signalProcess(target, signal);
    if (await waitUntil(gone, manner === 'wait' ? timeoutMs : selfExitMs + timeoutMs)) return;
  }
  log(`${charge.name} (pid ${identity.pid}): ${forceSignal}`);
  signalProcess(target, forceSignal);
  await waitUntil(gone, 5_000);
}

async function endAll(manner: Manner): Promise<void> {
  const stages = [...new Set([...charges.values()].map((charge) => charge.stage))].sort();
  for (const stage of stages) {
    const together = [...charges.values()].filter((charge) => charge.stage === stage);
    await Promise.all(together.map((charge) => endCharge(charge, manner)));
  }
  for (const path of leftovers) rmSync(path, { recursive: true, force: true });
  log('all ended');
}

function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} guardian: ${line}\n`);
}

// A terminal's signals are the supervisor's business.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.stderr.on('error', () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => accept(JSON.parse(line) as Duty));
lines.on('close', () => {
  log('the supervisor is gone; ending what it left');
  void endAll('wait').then(() => process.exit(0));
});
