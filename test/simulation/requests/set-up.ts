// What a start of the product puts into the catalogue: commits one after the other, any of which may be the last.
import { seedCatalogue as seed } from '../../../services/catalog/catalog-seed';
import type { Model } from '../model/state';
import * as model from '../model/catalog';
import { setUpChannels } from '../world';
import { drawVersion, modelIds, toTerms, versionText } from './prices';
import type { Draw, Request } from './request';

export function seedCatalogue(draw: Draw): Request {
  const { random, memory } = draw;
  const [handle = '', replaces = ''] = random.shuffle(setUpChannels);
  const origin = random.pick(['https://three.example.com', 'https://four.example.com']);
  const modelId = random.pick(modelIds);
  const drawn = drawVersion(draw);
  const version = {
    ...drawn,
    cost: { input: drawn.list.input / 2n, output: drawn.list.output / 2n },
  };
  for (const name of setUpChannels) if (!memory.channels.includes(name)) memory.channels.push(name);
  if (!memory.models.includes(modelId)) memory.models.push(modelId);
  const access: Model['access'] = 'open';
  return {
    text: `the set-up makes ${handle} at ${origin} in place of ${replaces}, and ${modelId} ${versionText(version)}`,
    isRepeatable: false,
    hasSeveralCommits: true,
    bind: () => ({
      async send({ committer }) {
        const offers = [{ modelId, upstreamId: modelId, cost: null }];
        await seed(committer, {
          models: [toTerms(modelId, access, version)],
          channels: [{ name: handle, kind: 'openai', baseUrl: origin, keyEnv: null, offers }],
          replaces: [replaces],
        });
        return 'seeded';
      },
      expect: (state) =>
        model.seedCatalogue(state, {
          models: [{ ...version, modelId, access }],
          handle,
          origin,
          replaces,
        }),
    }),
  };
}
