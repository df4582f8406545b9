// The channel that an instance begins with (DESIGN 7): the real upstream that the environment names, else the mock.
import { assert } from '../../domain/errors';
import type { Config } from '../../config/config';
import type { Committer } from '../../ledger/committer';
import { seedCatalogue } from '../../services/catalog/catalog-seed';
import { mockOffers, namedOffers, seedModels } from './seed-models';

export interface SeedUpstreamOptions {
  readonly committer: Committer;
  readonly config: Pick<Config, 'upstream'>;
  /** undefined with a real upstream. */
  readonly mockBaseUrl: string | undefined;
}

const realName = 'upstream';
export const mockName = 'mock';

/** Makes what is missing; the channel follows the address of its upstream, which may be another at each start. */
export async function seedUpstream({
  committer,
  config,
  mockBaseUrl,
}: SeedUpstreamOptions): Promise<void> {
  const { baseUrl } = config.upstream;
  if (baseUrl !== undefined) {
    const channel = { name: realName, baseUrl, keyEnv: 'UPSTREAM_API_KEY', offers: namedOffers };
    await seedCatalogue(committer, { models: seedModels, channel, replaces: mockName });
    return;
  }
  assert(mockBaseUrl !== undefined, 'without a real upstream the mock runs');
  const channel = { name: mockName, baseUrl: mockBaseUrl, keyEnv: null, offers: mockOffers };
  await seedCatalogue(committer, { models: seedModels, channel, replaces: realName });
}
