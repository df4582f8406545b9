// The channels that an instance begins with (DESIGN 7): the real upstream that the environment names, else the mock, which
// speaks both protocols.
import { assert } from '../../domain/errors';
import type { Config } from '../../config/config';
import type { Committer } from '../../ledger/committer';
import { seedCatalogue } from '../../services/catalog/catalog-seed';
import { claudeMockOffers, mockOffers, namedOffers, seedModels } from './seed-models';

export interface SeedUpstreamOptions {
  readonly committer: Committer;
  readonly config: Pick<Config, 'upstream'>;
  /** undefined with a real upstream. */
  readonly mockBaseUrl: string | undefined;
}

const realName = 'upstream';
export const mockName = 'mock';
const claudeMockName = 'mock-anthropic';

/** Makes what is missing; the channels follow the address of their upstream, which may be another at each start. */
export async function seedUpstream({
  committer,
  config,
  mockBaseUrl,
}: SeedUpstreamOptions): Promise<void> {
  const { baseUrl } = config.upstream;
  if (baseUrl !== undefined) {
    const real = {
      name: realName,
      kind: 'openai' as const,
      baseUrl,
      keyEnv: 'UPSTREAM_API_KEY',
      offers: namedOffers,
    };
    await seedCatalogue(committer, {
      models: seedModels,
      channels: [real],
      replaces: [mockName, claudeMockName],
    });
    return;
  }
  assert(mockBaseUrl !== undefined, 'without a real upstream the mock runs');
  const mock = { baseUrl: mockBaseUrl, keyEnv: null };
  await seedCatalogue(committer, {
    models: seedModels,
    channels: [
      { ...mock, name: mockName, kind: 'openai', offers: mockOffers },
      { ...mock, name: claudeMockName, kind: 'anthropic', offers: claudeMockOffers },
    ],
    replaces: [realName],
  });
}
