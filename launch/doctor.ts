// `npm run doctor`: checks the set-up and says what to do about what it finds (DESIGN 7). Exits with 1 when something
// keeps an instance from starting or running.
import { Command } from 'commander';
import { readConfig } from '../config/config';
import { checks, type Finding } from './checks';
import { runCommand } from './run-command';

const labels = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

function print({ status, text, advice }: Finding): void {
  console.log(`${labels[status]}  ${text}`);
  if (advice !== undefined) console.log(`      -> ${advice}`);
}

async function main(): Promise<void> {
  const { json } = new Command('doctor')
    .description('Checks what `npm start` needs, and the instance that runs on DATA_DIR.')
    .option('--json', 'print the findings as JSON')
    .parse()
    .opts<{ json?: boolean }>();
  const config = readConfig(process.env);
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
