// Environment -> one validated, frozen Config (DESIGN 7). Nobody else reads process.env.
import { resolve } from 'node:path';
import { z } from 'zod';
import { DomainError } from '../domain/errors';
import { parseAmount } from '../domain/money';
import { defaultWindows, windowsSchema, type Windows } from './windows';

const flag = (fallback: boolean) =>
  z
    .enum(['0', '1', 'true', 'false'])
    .transform((text) => text === '1' || text === 'true')
    .default(fallback);

const secret = z.string().min(16, 'must have at least 16 characters');
const key32 = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'must be 32 bytes in hex (openssl rand -hex 32)')
  .transform((hex) => Buffer.from(hex, 'hex'));

/** Credits -> base units, zero or more. */
const credits = z.string().transform((text, context) => {
  try {
    const units = parseAmount(text);
    if (units >= 0n) return units;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
  context.addIssue({ code: 'custom', message: `"${text}" is no amount of Credits such as 10000` });
  return z.NEVER;
});

/** An unset variable and an empty one mean the same. */
function withoutEmpty(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

const environment = z.object({
  HOST: z.union([z.ipv4(), z.ipv6()], 'must be an address, such as 0.0.0.0').default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  DATA_DIR: z
    .string()
    .default('.data')
    .transform((path) => resolve(path)),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  TEMPORAL_ADDRESS: z.string().optional(),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_API_KEY: z.string().optional(),
  TEMPORAL_UI_URL: z.url({ protocol: /^https?$/ }).optional(),
  UPSTREAM_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  UPSTREAM_API_KEY: z.string().optional(),
  PAYMENT_WEBHOOK_SECRET: secret.optional(),
  MASTER_KEY: key32.optional(),
  LOG_SIGNING_KEY: key32.optional(),
  TRUST_PROXY: z.string().optional(),
  CHROMIUM_PATH: z.string().optional(),
  WINDOWS: windowsSchema.default(defaultWindows),
  DEMO: flag(true),
  ALLOW_PRIVATE_UPSTREAMS: flag(false),
  OPS_FOUR_EYES_ABOVE: credits.default(parseAmount('10000')),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export interface Config {
  /** The address that the API listens on. */
  readonly host: string;
  /** HTTP port of the API and the relay; 0 lets the system choose. */
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly temporal: {
    readonly address: string | undefined;
    readonly namespace: string;
    readonly apiKey: string | undefined;
    /** Where its UI is, for links to workflows. */
    readonly uiUrl: string | undefined;
  };
  readonly upstream: { readonly baseUrl: string | undefined; readonly apiKey: string | undefined };
  readonly paymentWebhookSecret: string | undefined;
  /** 32 bytes that encrypt channel keys at rest; generated under `dataDir` when absent. */
  readonly masterKey: Buffer | undefined;
  /** 32-byte Ed25519 seed that signs the burn log's heads; generated under `dataDir` when absent. */
  readonly logSigningKey: Buffer | undefined;
  /** Express' `trust proxy`: addresses or subnets whose X-Forwarded-For is believed. */
  readonly trustProxy: string | undefined;
  readonly windows: Windows;
  readonly demo: boolean;
  readonly allowPrivateUpstreams: boolean;
  /** Base units of CREDIT; above it a deposit or redemption needs two operators. */
  readonly fourEyesAbove: bigint;
  readonly logLevel: string;
}

/** A configuration that cannot be used; the message names every variable that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws ConfigError naming each variable that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = environment.safeParse(withoutEmpty(env));
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`The environment is not usable:\n${lines.join('\n')}`);
  }
  const values = parsed.data;
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    temporal: {
      address: values.TEMPORAL_ADDRESS,
      namespace: values.TEMPORAL_NAMESPACE,
      apiKey: values.TEMPORAL_API_KEY,
      uiUrl: values.TEMPORAL_UI_URL,
    },
    upstream: { baseUrl: values.UPSTREAM_BASE_URL, apiKey: values.UPSTREAM_API_KEY },
    paymentWebhookSecret: values.PAYMENT_WEBHOOK_SECRET,
    masterKey: values.MASTER_KEY,
    logSigningKey: values.LOG_SIGNING_KEY,
    trustProxy: values.TRUST_PROXY,
    windows: values.WINDOWS,
    demo: values.DEMO,
    allowPrivateUpstreams: values.ALLOW_PRIVATE_UPSTREAMS,
    fourEyesAbove: values.OPS_FOUR_EYES_ABOVE,
    logLevel: values.LOG_LEVEL,
  });
}
