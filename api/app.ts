// The Express app (DESIGN 6): the relay, what machines ask, the documentation, and the platform's declared routes.
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { DomainError } from '../domain/errors';
import type { Context } from './context';
import { serveConsole } from './console';
import { createDocsRouter } from './docs';
import { assignRequestId } from './locals';
import { apiBase, buildOpenApi } from './openapi';
import { createProblemHandler } from './problem';
import { createRequestLog } from './request-log';
import type { Route } from './route';
import { createAdminRedemptionRoutes } from './routes/admin-redemptions';
import { createAdminUserRoutes } from './routes/admin-users';
import { createApiKeyRoutes } from './routes/api-keys';
import { createAuditLogRoutes } from './routes/audit-log';
import { createBalanceRoutes } from './routes/balances';
import { createBurnRoutes } from './routes/burns';
import { createBuybackRoutes } from './routes/buybacks';
import { createChannelRoutes } from './routes/channels';
import { createDepositRoutes } from './routes/deposits';
import { createGovernanceRoutes } from './routes/governance';
import { createGrantRoutes } from './routes/grants';
import { createImoRoutes } from './routes/imos';
import { createLendingRoutes } from './routes/lending';
import { createMarginOpeningRoutes } from './routes/margin-opening';
import { createMarginRoutes } from './routes/margin';
import { createMarketDataRoutes } from './routes/market-data';
import { createMeRoutes } from './routes/me';
import { createModelRoutes } from './routes/models';
import { createOrderRoutes } from './routes/orders';
import { createParameterRoutes } from './routes/parameters';
import { createPaymentsWebhookRoutes } from './routes/payments-webhook';
import { createAdminPredictionRoutes } from './routes/admin-predictions';
import { createPredictionRoutes } from './routes/predictions';
import { createProofRoutes } from './routes/proofs';
import { createRedemptionRoutes } from './routes/redemptions';
import { createSessionRoutes } from './routes/sessions';
import { createStakingRoutes } from './routes/staking';
import { createTransparencyRoutes } from './routes/transparency';
import { createUsageRoutes } from './routes/usage';
import { createUserRoutes } from './routes/users';
import { createWarRoutes } from './routes/wars';
import { createWorkflowLinkRoutes } from './routes/workflow-links';
import { serveRoutes } from './serve-route';
import { createSystemRouter } from './system';
import { createWarsStreamHandler } from './wars-stream';

/** Every declared route; where paths overlap, the more particular one comes first. */
function declareRoutes({
  breakers,
  config,
  rateLimits,
  services,
  temporal,
}: Pick<
  Context,
  'breakers' | 'config' | 'rateLimits' | 'services' | 'temporal'
>): readonly Route[] {
  return [
    ...createUserRoutes(services),
    ...createSessionRoutes(services),
    ...createMeRoutes(services),
    ...createApiKeyRoutes(services),
    ...createAdminUserRoutes(services),
    ...createAuditLogRoutes(services),
    ...createWorkflowLinkRoutes(config),
    ...createModelRoutes(services),
    ...createChannelRoutes({ ...services, breakers }),
    ...createParameterRoutes({ ...services, config }),
    ...createBalanceRoutes(services),
    ...createDepositRoutes(services),
    ...createMarketDataRoutes(services),
    ...createOrderRoutes(services),
    ...createRedemptionRoutes(services),
    ...createAdminRedemptionRoutes({ ...services, temporal }),
    ...createBuybackRoutes({ ...services, temporal }),
    ...createWarRoutes({ ...services, rateLimits, temporal }),
    ...createImoRoutes({ ...services, temporal }),
    ...createMarginOpeningRoutes(services),
    ...createMarginRoutes(services),
    ...createLendingRoutes(services),
    ...createGovernanceRoutes({ ...services, rateLimits, temporal }),
    ...createPredictionRoutes(services),
    ...createAdminPredictionRoutes({ ...services, temporal }),
    ...createGrantRoutes(services),
    ...createStakingRoutes(services),
    ...createUsageRoutes(services),
    ...createProofRoutes(services),
    ...createTransparencyRoutes(services),
    ...createBurnRoutes(services),
    ...createPaymentsWebhookRoutes(services, config.paymentWebhookSecret),
  ];
}

// Everything comes from here: no CDN, no inline script, no frame.
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    'default-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  },
};

/** Express takes a number of hops only as a number. */
export function parseTrustProxy(text: string | undefined): string | number | false {
  if (text === undefined) return false;
  return /^\d+$/.test(text) ? Number(text) : text;
}

const neverStore: RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-store');
  next();
};

const refuseUnknownPath: RequestHandler = () => {
  throw new DomainError('NOT_FOUND', 'There is nothing here; /docs lists what there is.');
};

export function createApp(context: Context): Express {
  const { config, services, logger, metrics } = context;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', parseTrustProxy(config.trustProxy));
  app.use(assignRequestId);

  // The relay comes before all that a call would only wait for; it logs, limits and answers errors in its own way.
  if (context.relay) app.use('/v1', context.relay);

  app.use(createRequestLog(logger, metrics));
  app.use(helmet({ contentSecurityPolicy }));
  app.use(
    createSystemRouter({
      ...context,
      authenticator: services.authenticator,
      isProxyTrusted: config.trustProxy !== undefined,
    }),
  );
  const routes = declareRoutes(context);
  // Built when it is first asked for: a start need not wait for it.
  let openApi: ReturnType<typeof buildOpenApi> | undefined;
  app.get('/openapi.json', (_request, response) => {
    openApi ??= buildOpenApi(routes);
    response.json(openApi);
  });
  app.use('/docs', createDocsRouter());
  app.get(`${apiBase}/wars/current/stream`, neverStore, createWarsStreamHandler(context));
  app.use(apiBase, neverStore, serveRoutes(routes, { ...context, ...services }));

  app.use(serveConsole());
  app.use(refuseUnknownPath);
  app.use(createProblemHandler(logger));
  return app;
}
