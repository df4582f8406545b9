// `npm run doctor`: checks the set-up and says what to do about what it finds (DESIGN 7). Exits with 1 when something
// keeps an instance from starting or running.
import { Command } from 'commander';
import { readConfig, type Config } from '../config/config';
import { checks, findEngines } from './checks';
import type { Finding } from './finding';
import { restartWorkflows } from './lifecycles';
import { runCommand } from './run-command';

const labels = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

function print({ status, text, advice }: Finding): void {
  console.log(`${labels[status]}  ${text}`);
  if (advice !== undefined) console.log(`      -> ${advice}`);
}

async function restart(config: Config): Promise<void> {
  const engines = findEngines(config);
  if (!engines) {
    throw new Error('No instance is running on DATA_DIR, nor are both engines in the environment.');
  }
  const ids = await restartWorkflows(engines);
  console.log(
    ids.length === 0
      ? 'Nothing that is open lacks a workflow that could be started.'
      : `The worker was told of:\n${ids.map((id) => `  ${id}`).join('\n')}`,
  );
}

async function main(): Promise<void> {
  const { json, restartWorkflows: isRestart } = new Command('doctor')
    .description('Checks what `npm start` needs, and the instance that runs on DATA_DIR.')
    .option('--json', 'print the findings as JSON')
    .option(
      '--restart-workflows',
      'start workflows that open redemptions and buybacks lack, and no more',
    )
    .parse()
    .opts<{ json?: boolean; restartWorkflows?: boolean }>();
  const config = readConfig(process.env);
  if (isRestart) return restart(config);
  const findings: Finding[] = [];
  for (const check of checks) {
    const found = await check(config);
    findings.push(...found);
    if (!json) found.forEach(print);
  }
  if (json) console.log(JSON.stringify(findings, null, 2));
  const failures = findings.filter(({ status }) => status === 'fail').length;
  if (!json) console.log(failures === 0 ? '\nAll is well.' : `\n${failures} to mend.`);
  process.exitCode = failures === 0 ? 0 : 1;
}

runCommand(main);
