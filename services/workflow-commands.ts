// Commands that go to a workflow as updates are fingerprinted here before they are sent (DESIGN 5): Temporal
// answers a repeated update id with the first result whatever its arguments, and forgets it with the workflow.
import type { Knex } from 'knex';
import { DomainError } from '../domain/errors';

/** Who sent which request; the fingerprint is SHA-256 over method, path and body. */
interface CommandKey {
  readonly actor: string;
  readonly key: string;
  readonly fingerprint: Buffer;
}

export interface ClaimedCommand {
  readonly actor: string;
  readonly key: string;
  readonly attempt: number;
  /** The same for every repeat, until the workflow refuses. */
  readonly updateId: string;
  /** True when an earlier request with this key claimed it. */
  readonly isRepeat: boolean;
  /** The answer, when it is known already. */
  readonly answer: { readonly result: unknown } | undefined;
}

export interface WorkflowCommands {
  /** @throws DomainError IDEMPOTENCY_MISMATCH when the key stands for another request. */
  claim(command: CommandKey): Promise<ClaimedCommand>;
  /** Stores the answer for repeats; the first one stays. */
  keepAnswer(command: ClaimedCommand, result: unknown): Promise<void>;
  /** The workflow refused, or never heard of it: the key is free again. */
  release(command: ClaimedCommand): Promise<void>;
}

// An actor is a uuid or a name of ours, neither with `#`: no two commands share an update id.
function updateIdOf(actor: string, key: string, attempt: number): string {
  return attempt === 1 ? `${actor}:${key}` : `${actor}#${attempt}:${key}`;
}

export function createWorkflowCommands(db: Knex): WorkflowCommands {
  async function claimUnused({ actor, key, fingerprint }: CommandKey): Promise<number | undefined> {
    const { rows } = await db.raw<{ rows: { attempt: number }[] }>(
      /* sql */ `
        insert into workflow_commands as c (actor, key, fingerprint) values (?, ?, ?)
        on conflict (actor, key) do update set fingerprint = excluded.fingerprint
        where c.fingerprint is null
        returning c.attempt`,
      [actor, key, fingerprint],
    );
    return rows[0]?.attempt;
  }

  function findClaimed({ actor, key }: CommandKey) {
    return db('workflow_commands')
      .first<{ fingerprint: Buffer; attempt: number; result: unknown } | undefined>(
        'fingerprint',
        'attempt',
        'result',
      )
      .where({ actor, key })
      .whereNotNull('fingerprint');
  }

  return {
    async claim(command) {
      const { actor, key } = command;
      for (;;) {
        const unused = await claimUnused(command);
        if (unused !== undefined) {
          const updateId = updateIdOf(actor, key, unused);
          return { actor, key, attempt: unused, updateId, isRepeat: false, answer: undefined };
        }
        const found = await findClaimed(command);
        // Released between the two statements: it is free to be claimed.
        if (!found) continue;
        if (!found.fingerprint.equals(command.fingerprint)) {
          throw new DomainError(
            'IDEMPOTENCY_MISMATCH',
            'This Idempotency-Key was used for another request; use a new key for a new request.',
          );
        }
        return {
          actor,
          key,
          attempt: found.attempt,
          updateId: updateIdOf(actor, key, found.attempt),
          isRepeat: true,
          answer: found.result === null ? undefined : { result: found.result },
        };
      }
    },

    async keepAnswer({ actor, key, attempt }, result) {
      await db('workflow_commands')
        .where({ actor, key, attempt })
        .whereNull('result')
        .update({ result: JSON.stringify(result) });
    },

    async release({ actor, key, attempt }) {
      // A repeat that was refused at the same time may have released it, and a third have claimed it anew.
      await db('workflow_commands')
        .where({ actor, key, attempt })
        .whereNull('result')
        .update({ fingerprint: null, attempt: attempt + 1 });
    },
  };
}
