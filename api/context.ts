// The API's wiring (DESIGN 3): one context object from the Config, made once a process; tests make their own.
import type { RequestHandler } from 'express';
import type { Knex } from 'knex';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config } from '../config/config';
import { assert } from '../domain/errors';
import { Committer } from '../ledger/committer';
import { openDatabase } from '../ledger/connection';
import { createChannelBreakers, type ChannelBreakers } from '../relay/channels/channel-breakers';
import { createApiKeys, type ApiKeys } from '../services/identity/api-keys';
import { createAuditLog, type AuditLog } from '../services/identity/audit-log';
import { createAuthenticator, type Authenticator } from '../services/identity/authenticator';
import { createBalances, type Balances } from '../services/credits/balances';
import { observeCommitter, showQueue } from '../services/committer-metrics';
import { createBurnLog, type BurnLog } from '../services/proofs/burn-tree';
import { createBuybacks, type Buybacks } from '../services/buybacks/buybacks';
import { createChannelAdmin, type ChannelAdmin } from '../services/catalog/channel-admin';
import { createCostCorrections, type CostCorrections } from '../services/credits/cost-corrections';
import { createDeposits, type Deposits } from '../services/credits/deposits';
import { createGovernance, type Governance } from '../services/governance/governance';
import { createGrants, type Grants } from '../services/credits/grants';
import { createKeyIssuer, type KeyIssuer } from '../services/identity/key-issuer';
import { createImos, type Imos } from '../services/imos/imos';
import { createLogSigner } from '../services/proofs/log-signer';
import { createLogger } from '../services/logger';
import { LiveMarket } from '../services/market-data/live-market';
import { createMargin, type Margin } from '../services/margin/margin';
import { createMarketData, type MarketData } from '../services/market-data/market-data';
import { createLiabilityProofs, type LiabilityProofs } from '../services/proofs/liabilities-proofs';
import { createMarks, type Marks } from '../services/exchange/mark/mark-view';
import { createMining, type Mining } from '../services/calls/mining';
import { createOperators, type Operators } from '../services/identity/operators';
import { createOrderPreviews, type OrderPreviews } from '../services/exchange/orders/order-preview';
import { createOrders, type Orders } from '../services/exchange/orders/orders';
import { createParameters, type Parameters } from '../services/parameters';
import { createPasswordCheck } from '../services/identity/passwords';
import { createPayments, type Payments } from '../services/credits/payments';
import { projections } from '../services/projections';
import { createPredictions, type Predictions } from '../services/predictions/predictions';
import { createPriceList, type PriceList } from '../services/catalog/price-list';
import { createRedemptions, type Redemptions } from '../services/credits/redemptions';
import { createRootNotes, type RootNotes } from '../services/proofs/root-notes';
import { createSealer } from '../services/catalog/sealing';
import { createSessions, type Sessions } from '../services/identity/sessions';
import { createStaking, type Staking } from '../services/staking/staking';
import { createTiers, type Tiers } from '../services/tiers';
import { createTransparency, type Transparency } from '../services/transparency';
import {
  createUpstreamPayments,
  type UpstreamPayments,
} from '../services/credits/upstream-payments';
import { createUsage, type Usage } from '../services/calls/usage';
import { createUsageProofs, type UsageProofs } from '../services/proofs/usage-roots-proofs';
import { createUsers, type Users } from '../services/identity/users';
import { createWorkflowCommands } from '../services/workflow-commands';
import { createEntitlements, type Entitlements } from '../services/wars/entitlements';
import { createWars, type Wars } from '../services/wars/wars';
import { createRateLimits, type RateLimits } from './rate-limits';
import { createTemporal, type Temporal } from './temporal';
import { createWarsStream, type WarsStream } from './wars-stream';

export interface Services {
  readonly apiKeys: ApiKeys;
  readonly auditLog: AuditLog;
  readonly authenticator: Authenticator;
  readonly balances: Balances;
  readonly burnLog: BurnLog;
  readonly buybacks: Buybacks;
  readonly channels: ChannelAdmin;
  readonly costCorrections: CostCorrections;
  readonly deposits: Deposits;
  readonly entitlements: Entitlements;
  readonly governance: Governance;
  readonly grants: Grants;
  readonly imos: Imos;
  readonly keyIssuer: KeyIssuer;
  readonly liabilityProofs: LiabilityProofs;
  readonly margin: Margin;
  readonly marketData: MarketData;
  readonly marks: Marks;
  readonly mining: Mining;
  readonly operators: Operators;
  readonly orderPreviews: OrderPreviews;
  readonly orders: Orders;
  readonly parameters: Parameters;
  readonly payments: Payments;
  readonly predictions: Predictions;
  readonly priceList: PriceList;
  readonly redemptions: Redemptions;
  readonly rootNotes: RootNotes;
  readonly sessions: Sessions;
  readonly staking: Staking;
  readonly tiers: Tiers;
  readonly transparency: Transparency;
  readonly upstreamPayments: UpstreamPayments;
  readonly usage: Usage;
  readonly usageProofs: UsageProofs;
  readonly users: Users;
  readonly wars: Wars;
}

export interface Context {
  readonly config: Config;
  readonly db: Knex;
  readonly committer: Committer;
  readonly liveMarket: LiveMarket;
  readonly services: Services;
  /** What this process' relay has found of its channels. */
  readonly breakers: ChannelBreakers;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly rateLimits: RateLimits;
  readonly temporal: Temporal;
  readonly warsStream: WarsStream;
  /** Serves /v1. */
  readonly relay?: RequestHandler;
  /** Fails a request whose answer is not as its route declares: for tests. */
  readonly checkAnswers: boolean;
  /** Commits what is queued and closes all connections. */
  close(): Promise<void>;
}

function createServices(
  config: Config,
  db: Knex,
  committer: Committer,
  live: LiveMarket,
): Services {
  const passwords = createPasswordCheck();
  const { allowPrivateUpstreams, fourEyesAbove, masterKey } = config;
  const apiKeys = createApiKeys(db);
  const sessions = createSessions({ db, passwords, isDemo: config.demo });
  return {
    apiKeys,
    auditLog: createAuditLog(db),
    authenticator: createAuthenticator({ apiKeys, sessions }),
    balances: createBalances(db),
    burnLog: createBurnLog({ db, signer: createLogSigner(config.logSigningKey) }),
    buybacks: createBuybacks({ db, committer, spreadMs: config.windows.buybackSpread }),
    channels: createChannelAdmin({
      db,
      committer,
      sealer: masterKey && createSealer(masterKey),
      allowPrivateUpstreams,
    }),
    costCorrections: createCostCorrections({ db, committer }),
    deposits: createDeposits({ db, committer, fourEyesAbove }),
    entitlements: createEntitlements(db),
    governance: createGovernance({ db, committer, windows: config.windows }),
    grants: createGrants({ db, committer }),
    imos: createImos({ db, committer }),
    keyIssuer: createKeyIssuer({ db, committer }),
    liabilityProofs: createLiabilityProofs(db),
    margin: createMargin({ db, committer }),
    marketData: createMarketData({ db, live }),
    marks: createMarks({ db, warmUpMs: config.windows.markWarmUp }),
    mining: createMining(db),
    operators: createOperators(committer),
    orderPreviews: createOrderPreviews({ db, market: live }),
    orders: createOrders({ db, committer }),
    parameters: createParameters(db),
    payments: createPayments({ committer, redeemHoldMs: config.windows.depositRedeemHold }),
    predictions: createPredictions({ db, committer, windows: config.windows }),
    priceList: createPriceList({ db, committer }),
    redemptions: createRedemptions({ db, committer, fourEyesAbove }),
    rootNotes: createRootNotes(config.logSigningKey),
    sessions,
    staking: createStaking({ db, committer, cooldownMs: config.windows.unstakeCooldown }),
    tiers: createTiers(db),
    transparency: createTransparency(db),
    upstreamPayments: createUpstreamPayments({ db, committer }),
    usage: createUsage(db),
    usageProofs: createUsageProofs(db),
    users: createUsers({ db, passwords }),
    wars: createWars({ db, committer, windows: config.windows }),
  };
}

type Overrides = Partial<Pick<Context, 'logger' | 'rateLimits' | 'checkAnswers'>> & {
  /** How long a request waits for a workflow's answer. */
  readonly updateTimeoutMs?: number;
  /** The clock of the channels' breakers. */
  readonly breakerClock?: () => number;
};

/** @throws InvariantError without `databaseUrl`: whoever starts the process names the database. */
export function createContext(config: Config, overrides: Overrides = {}): Context {
  const { databaseUrl } = config;
  assert(databaseUrl !== undefined, 'DATABASE_URL is not set');
  const logger = overrides.logger ?? createLogger('api', config.logLevel);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const db = openDatabase(databaseUrl, 'lx-api');
  const committer = new Committer({
    databaseUrl,
    applicationName: 'lx-api-committer',
    projections,
    observer: observeCommitter(metrics, logger),
  });
  showQueue(metrics, committer);
  const liveMarket = new LiveMarket({
    db,
    databaseUrl,
    applicationName: 'lx-api-market',
    onError: (error) => logger.warn({ err: error }, 'the market feed was interrupted'),
  });
  const temporal = createTemporal({
    temporal: config.temporal,
    commands: createWorkflowCommands(db),
    timeoutMs: overrides.updateTimeoutMs,
  });
  const services = createServices(config, db, committer, liveMarket);
  const warsStream = createWarsStream({ wars: services.wars, logger, metrics });
  return {
    config,
    db,
    committer,
    liveMarket,
    services,
    breakers: createChannelBreakers({ logger, metrics, now: overrides.breakerClock }),
    logger,
    metrics,
    rateLimits: overrides.rateLimits ?? createRateLimits(),
    temporal,
    warsStream,
    checkAnswers: overrides.checkAnswers ?? false,
    async close() {
      warsStream.close();
      await temporal.close();
      await liveMarket.close();
      await committer.close();
      await db.destroy();
    },
  };
}
