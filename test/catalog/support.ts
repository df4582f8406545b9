// A catalogue with an operator, driven through services, and the terms that tests vary.
import type { Knex } from 'knex';
import { waitUntil } from '../../launch/processes/processes';
import { parseAmount } from '../../domain/money';
import type { TokenPrices } from '../../domain/pricing';
import { scopesOfRole } from '../../domain/identity';
import { Committer } from '../../ledger/committer';
import { openDatabase } from '../../ledger/connection';
import { newId } from '../../ledger/ids';
import type { Caller } from '../../services/identity/caller';
import {
  createChannelAdmin,
  type ChannelAdmin,
  type ChannelRequest,
} from '../../services/catalog/channel-admin';
import { defaultChannelTerms } from '../../services/catalog/channels';
import { parameters } from '../../services/parameters';
import type { PriceTerms } from '../../services/catalog/price-changes';
import { createPriceList, type PriceList } from '../../services/catalog/price-list';
import { createSealer, type Sealer } from '../../services/catalog/sealing';
import { createTestDatabase } from '../support/engines';

/** Waits for a condition; fails the test when it does not come true in a minute. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  if (!(await waitUntil(condition, 60_000)))
    throw new Error(`never came true: ${String(condition)}`);
}

/** Credits per million tokens. */
export function prices(
  input: string,
  cachedInput: string,
  output: string,
  cacheWrite: string | null = null,
): TokenPrices {
  return {
    input: parseAmount(input),
    cachedInput: parseAmount(cachedInput),
    cacheWrite: cacheWrite === null ? null : parseAmount(cacheWrite),
    output: parseAmount(output),
  };
}

export function terms(modelId: string, over: Partial<PriceTerms> = {}): PriceTerms {
  return {
    modelId,
    access: 'open',
    list: prices('10', '5', '20'),
    cost: prices('5', '2', '10'),
    maxInput: 100_000,
    maxOutput: 10_000,
    maxPerImage: null,
    hidesOutput: false,
    tokenizer: 'o200k_base',
    tokenizerFactorBps: 10_000,
    ...over,
  };
}

export function channelRequest(over: Partial<ChannelRequest> = {}): ChannelRequest {
  return {
    ...defaultChannelTerms,
    name: `channel-${newId()}`,
    kind: 'openai',
    baseUrl: 'https://api.example.com/v1',
    apiKey: 'sk-test-0123456789abcdef',
    offers: [],
    enabled: true,
    ...over,
  };
}

/** A process that takes operators' requests: a committer of its own. */
export interface OperatorProcess {
  readonly committer: Committer;
  readonly channels: ChannelAdmin;
  readonly priceList: PriceList;
}

export interface CatalogWorld {
  readonly url: string;
  readonly db: Knex;
  readonly sealer: Sealer;
  readonly operator: Caller;
  startProcess(): OperatorProcess;
  close(): Promise<void>;
}

export async function createCatalogWorld(): Promise<CatalogWorld> {
  const database = await createTestDatabase();
  const db = openDatabase(database.url, 'lx-test', 4);
  const sealer = createSealer(Buffer.alloc(32, 7));
  const committers: Committer[] = [];
  const operatorId = newId();
  await db('users').insert({
    id: operatorId,
    email: 'operator@example.com',
    handle: 'operator-1',
    password_hash: 'none',
    role: 'operator',
  });
  return {
    url: database.url,
    db,
    sealer,
    get operator(): Caller {
      return {
        userId: operatorId,
        role: 'operator',
        isFrozen: false,
        scopes: scopesOfRole('operator'),
        keyId: null,
        models: null,
        sessionHash: null,
        requestId: newId(),
      };
    },
    startProcess() {
      const committer = new Committer({
        databaseUrl: database.url,
        applicationName: 'lx-test-committer',
        projections: [parameters],
      });
      committers.push(committer);
      return {
        committer,
        channels: createChannelAdmin({ db, committer, sealer, allowPrivateUpstreams: false }),
        priceList: createPriceList({ db, committer }),
      };
    },
    async close() {
      await Promise.all(committers.map((committer) => committer.close()));
      await db.destroy();
      await database.drop();
    },
  };
}
