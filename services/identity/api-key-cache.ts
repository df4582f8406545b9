// A short memory of keys for the relay, whose every call would else begin with a query. A second is as long as a
// revoked key may still start a call, and a reservation checks the key again under the lock before it costs anything.
import type { ApiKeys, KeyRecord } from './api-keys';
import { hashSecret } from './secrets';

const defaultTtlMs = 1_000;
const maxKeys = 10_000;

type KeyLookUp = Pick<ApiKeys, 'findBySecret' | 'noteUse'>;

interface Entry {
  readonly record: KeyRecord;
  readonly readAt: number;
}

/** The same look-ups, remembering known keys (never unknown ones) for `ttlMs`. */
export function cacheApiKeys(apiKeys: KeyLookUp, ttlMs: number = defaultTtlMs): KeyLookUp {
  // By the secret's hash, so that no secret stays in memory. A map keeps the order of insertion: oldest first.
  const entries = new Map<string, Entry>();
  /** Readings under way: calls of one key that come together wait for one. */
  const readings = new Map<string, Promise<KeyRecord | undefined>>();
  const noted = new WeakSet<KeyRecord>();

  async function read(secret: string, hash: string): Promise<KeyRecord | undefined> {
    entries.delete(hash);
    const readAt = Date.now();
    const record = await apiKeys.findBySecret(secret);
    if (!record) return undefined;
    const oldest = entries.size >= maxKeys ? entries.keys().next().value : undefined;
    if (oldest !== undefined) entries.delete(oldest);
    entries.set(hash, { record, readAt });
    return record;
  }

  return {
    async findBySecret(secret) {
      const hash = hashSecret(secret).toString('base64');
      const known = entries.get(hash);
      if (known && Date.now() - known.readAt < ttlMs) return known.record;
      let reading = readings.get(hash);
      if (!reading) {
        reading = read(secret, hash).finally(() => readings.delete(hash));
        readings.set(hash, reading);
      }
      return reading;
    },

    async noteUse(key) {
      // The remembered record does not see what was noted: once a reading is enough.
      if (noted.has(key)) return;
      noted.add(key);
      await apiKeys.noteUse(key);
    },
  };
}
