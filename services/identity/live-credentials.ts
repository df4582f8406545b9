// Which of the keys and sessions that connections were opened with still hold (DESIGN 6): a connection outlives the
// check that it began with.
import type { Knex } from 'knex';
import type { Principal } from './caller';

type Credential = Pick<Principal, 'keyId' | 'sessionHash'>;

export interface LiveCredentials {
  /** Those of the credentials that are neither revoked nor expired by now; two queries, however many there are. */
  filter<Item extends Credential>(credentials: readonly Item[]): Promise<Item[]>;
}

export function createLiveCredentials(db: Knex): LiveCredentials {
  async function liveKeys(keyIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (keyIds.length === 0) return new Set();
    const rows: readonly { id: string }[] = await db({ k: 'api_keys' })
      .select<{ id: string }[]>({ id: 'k.id' })
      .whereIn('k.id', keyIds)
      .whereNull('k.revoked_at')
      .where((either) => {
        void either.whereNull('k.expires_at').orWhere('k.expires_at', '>', db.fn.now());
      });
    return new Set(rows.map(({ id }) => id));
  }

  async function liveSessions(hashes: readonly Buffer[]): Promise<ReadonlySet<string>> {
    if (hashes.length === 0) return new Set();
    const rows = await db({ s: 'sessions' })
      .select<{ hash: Buffer }[]>({ hash: 's.token_hash' })
      .whereIn('s.token_hash', hashes)
      .where('s.expires_at', '>', db.fn.now());
    return new Set(rows.map(({ hash }) => hash.toString('hex')));
  }

  return {
    async filter(credentials) {
      const [keys, sessions] = await Promise.all([
        liveKeys(credentials.flatMap(({ keyId }) => keyId ?? [])),
        liveSessions(credentials.flatMap(({ sessionHash }) => sessionHash ?? [])),
      ]);
      return credentials.filter(({ keyId, sessionHash }) =>
        keyId === null
          ? sessionHash !== null && sessions.has(sessionHash.toString('hex'))
          : keys.has(keyId),
      );
    },
  };
}
