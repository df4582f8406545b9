// Whose signatures are believed: the key that was given, else the one of the last visit, else, for once, the server's.
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from '../../domain/signed-note';
import type { Memory } from './memory';
import type { Server } from './server';
import { fails, holds, note, type Line } from './verification';

export interface ChosenKey {
  readonly key: VerifierKey;
  readonly lines: readonly Line[];
}

/** @throws NoteError, BadAnswer, Unreachable when there is no key to be had. */
export async function chooseKey(
  server: Server,
  given: VerifierKey | undefined,
  memory: Memory | undefined,
): Promise<ChosenKey> {
  const served = parseVerifierKey((await server.text('/burns/key')).trim());
  const name = formatVerifierKey(served);
  const believed = given ?? (memory && parseVerifierKey(memory.key));
  if (!believed) {
    return {
      key: served,
      lines: [
        note(
          `NO KEY WAS GIVEN: the server itself says which key to believe, and that is trusted this first time.\n` +
            `  Compare it with what the operator publishes elsewhere, and name it from now on:\n` +
            `  --key '${name}'`,
        ),
      ],
    };
  }
  const origin = given ? 'that was given' : 'of the last visit';
  if (name === formatVerifierKey(believed)) {
    return { key: believed, lines: [holds(`the server's key is the one ${origin}`)] };
  }
  const other = fails(
    `the server says that its key is ${name}, not the one ${origin}, ${formatVerifierKey(believed)}`,
  );
  const hint = note(
    'If you know that this is a new instance at the same address, begin anew with another --state file.',
  );
  return { key: believed, lines: given ? [other] : [other, hint] };
}
