// The relay's short memory of keys (DESIGN 6).
import { cacheApiKeys } from '../../services/identity/api-key-cache';
import { hashSecret } from '../../services/identity/secrets';
import { startApi, type SignedUp, type TestApi } from '../api/harness';

let api: TestApi;
let user: SignedUp;
beforeAll(async () => {
  api = await startApi();
  user = await api.signUp();
});
afterAll(() => api.close());

it('asks the database once in its time to live, and sees a revocation after it', async () => {
  const { apiKeys } = api.context.services;
  const cached = cacheApiKeys(apiKeys, 5_000);
  const first = await cached.findBySecret(user.key);
  expect(first).toMatchObject({ userId: user.id, revokedAt: null });
  await apiKeys.revoke(user.id, user.keyId);
  expect(await cached.findBySecret(user.key)).toBe(first);
  await new Promise((resolve) => setTimeout(resolve, 5_050));
  expect((await cached.findBySecret(user.key))?.revokedAt).toEqual(expect.any(Number));
});

it('asks the database once for calls that come together', async () => {
  const { apiKeys } = api.context.services;
  const findBySecret = jest.fn((secret: string) => apiKeys.findBySecret(secret));
  const cached = cacheApiKeys({ ...apiKeys, findBySecret });
  const other = await api.signUp();
  const found = await Promise.all([1, 2, 3].map(() => cached.findBySecret(other.key)));
  expect(found).toEqual(Array(3).fill(expect.objectContaining({ id: other.keyId })));
  expect(findBySecret).toHaveBeenCalledTimes(1);
});

it('does not remember that a key was unknown', async () => {
  const { apiKeys } = api.context.services;
  const cached = cacheApiKeys(apiKeys);
  const other = await api.signUp();
  const secret = `lx_${'n'.repeat(43)}`;
  expect(await cached.findBySecret(secret)).toBeUndefined();
  const { db } = api.context;
  await db('api_keys')
    .where('id', other.keyId)
    .update({ secret_hash: hashSecret(secret) });
  expect(await cached.findBySecret(secret)).toMatchObject({ id: other.keyId });
});

it('notes a use once a reading', async () => {
  const { db, services } = api.context;
  const cached = cacheApiKeys(services.apiKeys);
  const other = await api.signUp();
  const key = await cached.findBySecret(other.key);
  const lastUse = async () =>
    (
      await db('api_keys')
        .first<{ at: number | null }>({ at: 'last_used_at' })
        .where('id', other.keyId)
    ).at;
  await cached.noteUse(key!);
  expect(await lastUse()).not.toBeNull();
  await db('api_keys').where('id', other.keyId).update({ last_used_at: null });
  await cached.noteUse((await cached.findBySecret(other.key))!);
  expect(await lastUse()).toBeNull();
});
