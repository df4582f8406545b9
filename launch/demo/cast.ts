// Who takes part in the demonstration (DESIGN 7): users like all others, told apart by their handles. What they begin
// with is deposited by the operators.
import type { Knex } from 'knex';

export type DemoRole = 'caller' | 'lender' | 'maker' | 'trader' | 'whale';

export interface DemoUser {
  readonly handle: string;
  readonly email: string;
  readonly role: DemoRole;
  /** Whole Credits that are deposited for it. */
  readonly credits: bigint;
}

function demoUser(name: string, role: DemoRole, credits: bigint): DemoUser {
  const handle = `demo-${name}`;
  return { handle, email: `${handle}@l-exchange.local`, role, credits };
}

export const demoUsers: readonly DemoUser[] = [
  demoUser('studio', 'caller', 9_000n),
  demoUser('research', 'caller', 9_000n),
  demoUser('agents', 'caller', 9_000n),
  demoUser('support', 'caller', 9_000n),
  demoUser('maker-1', 'maker', 25_000n),
  demoUser('maker-2', 'maker', 25_000n),
  demoUser('trader', 'trader', 8_000n),
  demoUser('whale', 'whale', 30_000n),
  demoUser('lender', 'lender', 9_000n),
];

/** One of them as the history acts for it. */
export interface CastMember extends DemoUser {
  readonly userId: string;
  readonly keyId: string;
}

/** Whether the demo's users are in a database: they come first of all, or never. */
export async function hasCast(db: Knex): Promise<boolean> {
  const handles = demoUsers.map(({ handle }) => handle);
  return (await db('users').first('id').whereIn('handle', handles)) !== undefined;
}
