// `npm run verify -- <url>`: checks what a server publishes about burns, supply, its daily roots and the settlements of
// prediction markets, trusting nothing but the public key of its log (DESIGN 2.12). It uses domain/ and the public API alone, so that a stranger can read
// all of it. Exits with 1 when something does not hold, 2 when nothing could be verified.
import { Command, InvalidArgumentError } from 'commander';
import { NoteError, parseVerifierKey, type VerifierKey } from '../domain/signed-note';
import { runCommand } from './run-command';
import { defaultMemoryFile } from './verify/memory';
import { verify } from './verify/verify';

function parseKey(text: string): VerifierKey {
  try {
    return parseVerifierKey(text);
  } catch (error) {
    if (error instanceof NoteError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

function parseUrl(text: string): string {
  if (!/^https?:\/\/[^/?#]+\/*$/.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('It is an address such as https://exchange.example.');
  }
  return text;
}

async function main(): Promise<void> {
  const program = new Command('verify')
    .description(
      'Checks the burn log, the supply, the daily roots and the settlements of a server.',
    )
    .argument('<url>', 'the server, such as http://127.0.0.1:3000', parseUrl)
    .option('--key <key>', "the log's verifier key, from somewhere else than the server", parseKey)
    .option('--api-key <key>', 'of a user, whose own calls and balances are looked up in the roots')
    .option('--state <file>', 'what earlier runs saw', defaultMemoryFile(process.env))
    // 1 is for what does not hold, not for a slip of the pen.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse();
  const [url = ''] = program.processedArgs as [string];
  const { key, apiKey, state } = program.opts<{
    key?: VerifierKey;
    apiKey?: string;
    state: string;
  }>();
  const print = (line: string) => console.log(line);
  const isSound = await verify({ url, key, apiKey, memoryFile: state, print });
  console.log(isSound ? 'Everything holds.' : 'NOT everything holds.');
  process.exitCode = isSound ? 0 : 1;
}

runCommand(main, 2);
