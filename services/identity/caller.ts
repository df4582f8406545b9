// Who asks: the principal that authentication found, and the caller of one request that services act for.
import type { Role, Scope } from '../../domain/identity';
import type { Origin } from '../../ledger/command';

/** The user behind a key or a session, as it was when the request came in. */
export interface Principal {
  readonly userId: string;
  readonly role: Role;
  readonly isFrozen: boolean;
  readonly scopes: readonly Scope[];
  /** null for a session. */
  readonly keyId: string | null;
  /** The only models a key may call; null: all of them. */
  readonly models: readonly string[] | null;
  /** Names the session, for keeping it while others end; null for a key. */
  readonly sessionHash: Buffer | null;
}

export interface Caller extends Principal {
  readonly requestId: string;
  readonly idempotency?: NonNullable<Origin['idempotency']>;
}

/** The caller as the committer records it. */
export function originOf(caller: Caller): Origin {
  return { actor: caller.userId, requestId: caller.requestId, idempotency: caller.idempotency };
}
