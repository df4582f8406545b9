// Checks one after the other, until something is not even what it should look like.
import { NoCryptography, ProofError } from './bytes';
import { fails, unknown, type Check, type ShownClimb, type Verification } from './check';

/** @param run notes its checks as it makes them, and returns the way up if it came to one */
export async function guarded(
  run: (note: (check: Check) => void) => Promise<ShownClimb | null>,
): Promise<Verification> {
  const checks: Check[] = [];
  try {
    const climb = await run((check) => checks.push(check));
    return { checks, climb };
  } catch (error) {
    const failure = checkOf(error);
    if (!failure) throw error;
    return { checks: [...checks, failure], climb: null };
  }
}

function checkOf(error: unknown): Check | undefined {
  if (error instanceof NoCryptography) return unknown(error.message);
  if (error instanceof ProofError) return fails(`${sentence(error.message)}.`);
  // What an answer lacks: its form is the first thing that a liar may get wrong.
  const isMalformed =
    error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError;
  return isMalformed ? fails('An answer does not have the form that it should have.') : undefined;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
