// Calls of two users by several keys, of two models, that end on days which a test's clock sets, and an API in front of
// them: for what callers are told of their usage.
import { newId } from '../../ledger/ids';
import { channelModelId } from '../../services/catalog/channels';
import { addPriceVersion } from '../../services/catalog/price-changes';
import { priceVersionId } from '../../services/catalog/price-versions';
import { addDays, dayOf } from '../../domain/utc-day';
import { startApi, type SignedUp } from '../api/harness';
import { prices, terms } from '../catalog/support';
import { installClock } from '../proofs/clock';
import { createWorld, modelId } from './world';

export { modelId };
export const otherModelId = 'vendor/other-model:1';

export type UsageWorld = Awaited<ReturnType<typeof createUsageWorld>>;

/** A call that is to be made, and settled for so many tokens of output. */
interface Call {
  readonly user: SignedUp;
  readonly keyId: string | null;
  readonly model?: string;
  readonly output: number;
  readonly input?: number;
  readonly cachedInput?: number;
}

export async function createUsageWorld() {
  const world = await createWorld({ list: '1.37', cost: '0.5' });
  const { db, channelId, database } = world;
  const api = await startApi({}, {}, { reach: () => Promise.resolve(database.url) });
  const clock = await installClock(database.url, new Date().toISOString());
  const committer = world.openCommitter();
  await committer.submit(
    addPriceVersion,
    {
      ...terms(otherModelId, { list: prices('2.71', '1', '3.33'), cost: prices('1', '0.5', '2') }),
      operatorId: null,
      reason: null,
      requestId: newId(),
    },
    { actor: 'test' },
  );
  await db('channel_models').insert({
    id: channelModelId(channelId, otherModelId),
    channel_id: channelId,
    model_id: otherModelId,
    upstream_id: otherModelId,
  });

  async function signUp(): Promise<SignedUp> {
    const user = await api.signUp();
    await world.deposit(user.id, '100');
    return user;
  }

  return {
    ...world,
    api,
    ann: await signUp(),
    bob: await signUp(),
    /** The days after this one: no clock of a journal goes back. */
    days: [1, 2, 3].map((days) => addDays(dayOf(Date.now()), days)),
    setTime: (time: string) => clock.set(time),

    /** Makes a call at the time that it is; returns its id. */
    async call({ user, keyId, model = modelId, output, input = 0, cachedInput = 0 }: Call) {
      const over = { keyId, modelId: model, priceVersionHint: priceVersionId(model, 1) };
      const held = await world.reserve(user.id, 5_000, { ...over, textTokens: 5_000 }, committer);
      const usage = { input, cachedInput, cacheWrite: 0, output };
      await world.settle(held, output, { modelId: model, usage }, committer);
      return held.input.callId;
    },

    /** Another key of a user, made by the API. */
    async addNamedKey(user: SignedUp, name: string): Promise<string> {
      const body = { name, scopes: ['relay'] };
      const answer = await api.send('POST', '/api-keys', { key: user.key, body });
      return answer.as<{ id: string }>().id;
    },

    get: (path: string, { key }: SignedUp) => api.send('GET', path, { key }),

    /** All items of a list, page by page. */
    async readAll<Item>(path: string, { key }: SignedUp): Promise<Item[]> {
      const items: Item[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const answer = await api.send('GET', path + more, { key });
        if (answer.status !== 200) throw new Error(answer.text);
        const page = answer.as<{ items: Item[]; nextCursor: string | null }>();
        items.push(...page.items);
        cursor = page.nextCursor;
      }
      return items;
    },

    /** Proves the books, too. */
    async close() {
      await api.close();
      await clock.close();
      await world.close();
    },
  };
}
