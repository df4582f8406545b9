// `npm run bench -- <name>`: each benchmark beside a peer or a naive baseline in the same run (DESIGN 9). The
// figures of record are in docs/benchmarks.md.
import { Command } from 'commander';
import { benchLedger } from './ledger';
import { describeMachine } from './machine';

const program = new Command('bench').description(
  'Benchmarks, each beside a baseline in the same run.',
);

program
  .command('ledger')
  .description('ledger transfers through the committer, beside one transaction per transfer')
  .option('--seconds <n>', 'length of each measurement', '6')
  .option('--rounds <n>', 'measurements of each kind; medians are reported', '3')
  .action(async (options: { seconds: string; rounds: string }) => {
    console.log(describeMachine());
    await benchLedger({ seconds: Number(options.seconds), rounds: Number(options.rounds) });
  });

program.parseAsync().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
