// A relay whose log is signed and that answered some calls today, and the roots that are made of them tomorrow.
import { addDays, dayOf } from '../../domain/utc-day';
import { Committer } from '../../ledger/committer';
import { openDatabase } from '../../ledger/connection';
import { createLogSigner } from '../../services/proofs/log-signer';
import { snapshotLiabilities } from '../../services/proofs/liabilities';
import { findMissingDays, makeUsageRoot } from '../../services/proofs/usage-roots';
import { createRelayWorld, hello, modelId, type CallerWithKey } from '../relay/relay-world';
import { installClock } from './clock';

const seed = '2a'.repeat(32);
export const logKey = createLogSigner(Buffer.from(seed, 'hex'))!.key;

export type RootsWorld = Awaited<ReturnType<typeof createRootsWorld>>;

export async function createRootsWorld() {
  const relay = await createRelayWorld({ env: { LOG_SIGNING_KEY: seed } });
  const { databaseUrl } = relay.api;
  const ann = await relay.addCaller('10');
  const bob = await relay.addCaller('5');

  async function call(user: CallerWithKey): Promise<string> {
    const { response } = await user.openai.chat.completions
      .create({ model: modelId, messages: hello, max_tokens: 20 })
      .withResponse();
    return response.headers.get('x-request-id') ?? '';
  }
  const calls = [await call(ann), await call(bob), await call(ann)] as const;
  await relay.untilIdle();

  return {
    ...relay,
    ann,
    bob,
    /** Their ids: Ann's, Bob's, Ann's. */
    calls,

    get: (path: string, key?: string) =>
      relay.api.send('GET', path, key === undefined ? {} : { key }),

    /** Tomorrow, shortly after midnight: what the worker does then. */
    async makeRoots(): Promise<void> {
      const clock = await installClock(databaseUrl, `${addDays(dayOf(Date.now()), 1)}T00:05:00Z`);
      const db = openDatabase(databaseUrl, 'lx-test-roots', 2);
      const applicationName = 'lx-test-roots-committer';
      const committer = new Committer({ databaseUrl, applicationName });
      for (const day of await findMissingDays(db, 10)) await makeUsageRoot({ db, committer }, day);
      await snapshotLiabilities({ db, committer });
      await committer.close();
      await db.destroy();
      await clock.close();
    },

    /** Proves the books, too. */
    async close() {
      await relay.assertBooksBalance();
      await relay.close();
    },
  };
}
