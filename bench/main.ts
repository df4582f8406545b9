// `npm run bench -- <name>`: each benchmark beside a peer or a naive baseline in the same run (DESIGN 9). The
// figures of record are in docs/benchmarks.md.
import { Command, InvalidArgumentError } from 'commander';
import { benchAudit } from './audit';
import { benchExchange } from './exchange';
import { benchImo } from './imo';
import { benchLeaderboard } from './leaderboard';
import { benchLedger } from './ledger';
import { describeMachine } from './machine';
import { benchMargin } from './margin';
import { benchMatching } from './matching';
import { benchPredictions } from './predictions';
import { benchRelay, relayKinds, relayTargets } from './relay';

interface RelayArguments {
  readonly seconds: string;
  readonly rounds: string;
  readonly kinds: readonly (typeof relayKinds)[number][];
  readonly connections?: readonly number[];
  readonly targets: readonly (typeof relayTargets)[number][];
  readonly mixed: string;
  readonly profile?: string;
}

/** Reads a list of some of `known`, with commas between them. */
function oneOf<Name extends string>(known: readonly Name[]): (text: string) => Name[] {
  return (text) =>
    text.split(',').map((word) => {
      const name = known.find((one) => one === word);
      if (name === undefined) throw new InvalidArgumentError(`Known are ${known.join(', ')}.`);
      return name;
    });
}

function numbers(text: string): number[] {
  const values = text.split(',').map(Number);
  if (!values.every((value) => Number.isInteger(value) && value > 0)) {
    throw new InvalidArgumentError('Whole numbers with commas between them.');
  }
  return values;
}

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

program
  .command('exchange')
  .description('durable orders through the committer, beside one transaction per order')
  .option('--seconds <n>', 'length of each measurement', '6')
  .option('--rounds <n>', 'measurements of each kind; medians are reported', '3')
  .action(async (options: { seconds: string; rounds: string }) => {
    console.log(describeMachine());
    await benchExchange({ seconds: Number(options.seconds), rounds: Number(options.rounds) });
  });

program
  .command('margin')
  .description('crossed positions among many, liquidations and monitors, beside doing without')
  .option('--open <n,...>', 'how many positions are open', numbers, [1_000, 10_000, 100_000])
  .option('--monitors <n>', 'idle monitors, liquidated at the end', '5000')
  .action(async (options: { open: number[]; monitors: string }) => {
    console.log(describeMachine());
    await benchMargin({ counts: options.open, monitors: Number(options.monitors) });
  });

program
  .command('matching')
  .description('the pure matching core, beside npm nodejs-order-book on the same tape')
  .option('--rounds <n>', 'measurements of each engine; medians are reported', '5')
  .option('--seed <n>', 'of the tape', '1')
  .action((options: { rounds: string; seed: string }) => {
    console.log(describeMachine());
    benchMatching({ rounds: Number(options.rounds), seed: Number(options.seed) });
  });

program
  .command('relay')
  .description(
    'calls through the relay, billed, beside the upstream itself and a peer that bills nothing; what is left of many',
  )
  .option('--seconds <n>', 'length of each measurement', '2')
  .option('--rounds <n>', 'measurements of each kind; medians are reported', '3')
  .option('--kinds <list>', `of ${relayKinds.join(',')}`, oneOf(relayKinds), [...relayKinds])
  .option('--connections <list>', 'how many at once; absent: 1,32, of chat 128, too', numbers)
  .option('--targets <list>', 'of direct,ours,portkey', oneOf(relayTargets), [...relayTargets])
  .option('--mixed <n>', 'calls of all kinds at the end, to see what is left of them', '10000')
  .option('--profile <folder>', 'leave a CPU profile of the API process there')
  .action(async (options: RelayArguments) => {
    console.log(describeMachine());
    await benchRelay({
      ...options,
      connections: options.connections,
      seconds: Number(options.seconds),
      rounds: Number(options.rounds),
      mixedCalls: Number(options.mixed),
      profileFolder: options.profile,
    });
  });

program
  .command('audit')
  .description('the audit of a journal, beside one query that sums its entries')
  .option('--entries <n>', 'of the journal that is made first', '1000000')
  .action(async ({ entries }: { entries: string }) => {
    console.log(describeMachine());
    await benchAudit(Number(entries));
  });

program
  .command('leaderboard')
  .description('the top 100 of a round of Compute Wars, beside a sort without its index')
  .option('--players <n>', 'with a score', '1000000')
  .option('--rounds <n>', 'reads that are measured; a tenth of them without the index', '500')
  .action(async ({ players, rounds }: { players: string; rounds: string }) => {
    console.log(describeMachine());
    await benchLeaderboard(Number(players), Number(rounds));
  });

program
  .command('imo')
  .description('the close of an IMO, beside rounds in decimals and beside one subscriber a commit')
  .option('--subscribers <n>', 'of the IMO', '100000')
  .option('--rounds <n>', 'measurements of the rule alone; medians are reported', '5')
  .action(async ({ subscribers, rounds }: { subscribers: string; rounds: string }) => {
    console.log(describeMachine());
    await benchImo(Number(subscribers), Number(rounds));
  });

program
  .command('predictions')
  .description(
    'bets on one hot market, beside one transaction per bet; a settlement, beside one lot a commit',
  )
  .option('--seconds <n>', 'length of each measurement', '6')
  .option('--rounds <n>', 'measurements of each kind; medians are reported', '3')
  .option('--lots <n>', 'of the market that is settled', '100000')
  .action(async ({ seconds, rounds, lots }: Record<'seconds' | 'rounds' | 'lots', string>) => {
    console.log(describeMachine());
    const numbers = { seconds: Number(seconds), rounds: Number(rounds), lots: Number(lots) };
    await benchPredictions(numbers);
  });

program.parseAsync().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
