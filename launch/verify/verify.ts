// The whole verification of a server (DESIGN 2.12): what anybody can check who trusts nothing but a public key.
import { DomainError } from '../../domain/errors';
import { formatVerifierKey, NoteError, type VerifierKey } from '../../domain/signed-note';
import { burnsVerification } from './burns';
import { chooseKey } from './key';
import { liabilitiesVerification } from './liabilities';
import { recall, remember } from './memory';
import { ownProofsVerification } from './own-proofs';
import { predictionsVerification } from './predictions';
import { BadAnswer, createServer } from './server';
import { usageRootsVerification } from './usage-roots';
import { fails, type Line, type Subject, type Verification } from './verification';

const verifications: readonly Verification[] = [
  burnsVerification,
  usageRootsVerification,
  liabilitiesVerification,
  predictionsVerification,
];

const marks = { holds: '✓', fails: '✗', note: '!' } as const;

/** What a server can do wrong; anything else is a fault here, or there is no server. */
function isWrong(error: unknown): error is Error {
  return error instanceof NoteError || error instanceof BadAnswer || error instanceof DomainError;
}

async function* runAll(subject: Subject, all: readonly Verification[]): AsyncGenerator<Line> {
  for (const verification of all) {
    try {
      yield* verification.run(subject);
    } catch (error) {
      if (!isWrong(error)) throw error;
      yield fails(`${verification.title}: ${error.message}`);
    }
  }
}

export interface VerifyOptions {
  readonly url: string;
  readonly key: VerifierKey | undefined;
  /** Of the user whose own proofs are verified too. */
  readonly apiKey?: string | undefined;
  readonly memoryFile: string;
  readonly print: (line: string) => void;
}

/**
 * Prints a line a check and returns whether all hold. What was seen is remembered only then.
 * @throws Unreachable
 */
export async function verify({
  url,
  key: given,
  apiKey,
  memoryFile,
  print,
}: VerifyOptions): Promise<boolean> {
  const server = createServer(url);
  const recalled = recall(memoryFile, server.url);
  let failures = 0;
  const show = ({ status, text }: Line) => {
    if (status === 'fails') failures++;
    print(`${marks[status]} ${text}`);
  };
  const chosen = await chooseKey(server, given, recalled).catch((error: unknown) => {
    if (!isWrong(error)) throw error;
    show(fails(`the key: ${error.message}`));
  });
  if (!chosen) return false;
  chosen.lines.forEach(show);
  const key = formatVerifierKey(chosen.key);
  const memory = recalled?.key === key ? recalled : undefined;
  const seen = { checkpoint: '', roots: {} };
  const own = apiKey === undefined ? [] : [ownProofsVerification(createServer(url, apiKey))];
  const subject = { server, key: chosen.key, memory, burns: [], seen };
  for await (const line of runAll(subject, [...verifications, ...own])) show(line);
  if (failures === 0) {
    remember(memoryFile, server.url, { key, ...seen, seenAt: new Date().toISOString() });
  }
  return failures === 0;
}
