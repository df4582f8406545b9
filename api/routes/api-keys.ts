// API keys of the caller.
import { z } from 'zod';
import { scopes } from '../../domain/identity';
import { formatAmount } from '../../domain/money';
import type { ApiKey, IssuedKey } from '../../services/identity/api-keys';
import { isAddressOrBlock } from '../../services/identity/ip-allow-list';
import type { Services } from '../context';
import { route, type Route } from '../route';
import {
  amountAnswer,
  idParams,
  nonNegativeAmount,
  plainLine,
  presentOptionalTime,
  presentTime,
  time,
  timeAnswer,
} from '../schemas';
import { modelId } from './models';

const scope = z.enum(scopes);

const unique = <Item extends z.ZodType>(item: Item, most: number) =>
  z
    .array(item)
    .min(1)
    .max(most)
    .refine((items) => new Set(items).size === items.length, 'must not repeat itself');

const keyBody = z.object({
  name: plainLine(100),
  scopes: unique(scope, scopes.length),
  expiresAt: time.nullish().meta({ description: 'Absent: it does not expire.' }),
  spendCap: nonNegativeAmount
    .nullish()
    .meta({ description: 'Credits that the key may spend on calls in all.' }),
  models: unique(modelId, 100).nullish(),
  ipAllowList: unique(z.string().refine(isAddressOrBlock, 'is no address or CIDR block'), 100)
    .nullish()
    .meta({ description: 'Addresses and CIDR blocks.' }),
});

const keyAnswer = z
  .object({
    id: z.uuid(),
    name: z.string(),
    hint: z.string().meta({ description: 'How the secret begins.' }),
    scopes: z.array(scope),
    expiresAt: timeAnswer.nullable(),
    spendCap: amountAnswer.nullable(),
    spent: amountAnswer,
    reserved: amountAnswer,
    models: z.array(z.string()).nullable(),
    ipAllowList: z.array(z.string()).nullable(),
    createdAt: timeAnswer,
    revokedAt: timeAnswer.nullable(),
    lastUsedAt: timeAnswer.nullable(),
  })
  .meta({ id: 'ApiKey' });

export const issuedKeyAnswer = keyAnswer
  .extend({ secret: z.string().meta({ description: 'Shown once.', example: 'lx_...' }) })
  .meta({ id: 'IssuedApiKey' });

function presentKey(key: ApiKey): z.input<typeof keyAnswer> {
  const { id, name, hint, models, ipAllowList } = key;
  return {
    id,
    name,
    hint,
    scopes: [...key.scopes],
    expiresAt: presentOptionalTime(key.expiresAt),
    spendCap: key.spendCap === null ? null : formatAmount(key.spendCap),
    spent: formatAmount(key.spent),
    reserved: formatAmount(key.reserved),
    models: models && [...models],
    ipAllowList: ipAllowList && [...ipAllowList],
    createdAt: presentTime(key.createdAt),
    revokedAt: presentOptionalTime(key.revokedAt),
    lastUsedAt: presentOptionalTime(key.lastUsedAt),
  };
}

export function presentIssuedKey({ key, secret }: IssuedKey): z.input<typeof issuedKeyAnswer> {
  return { ...presentKey(key), secret };
}

const common = { access: 'account', tag: 'Identity' } as const;

export function createApiKeyRoutes({
  apiKeys,
  keyIssuer,
}: Pick<Services, 'apiKeys' | 'keyIssuer'>): Route[] {
  return [
    route({
      ...common,
      method: 'get',
      path: '/api-keys',
      summary: "The caller's keys, newest first",
      answer: z.object({ items: z.array(keyAnswer) }),
      async handle({ caller }) {
        const keys = await apiKeys.list(caller.userId);
        return { body: { items: keys.map(presentKey) } };
      },
    }),
    route({
      ...common,
      method: 'post',
      path: '/api-keys',
      summary: 'Make a key',
      description:
        'Never one with more scope, cap or life than the key that makes it, whose own cap falls by that of the new one, for good.',
      body: keyBody,
      answer: issuedKeyAnswer,
      status: 201,
      async handle({ body, caller }) {
        const { expiresAt = null, spendCap = null, models = null, ipAllowList = null } = body;
        const terms = { ...body, expiresAt, spendCap, models, ipAllowList };
        return { body: presentIssuedKey(await keyIssuer.issue(caller, terms)) };
      },
    }),
    route({
      ...common,
      method: 'delete',
      path: '/api-keys/:id',
      summary: 'Revoke a key and those made with it, at once and for good',
      description:
        'A stolen key may have made others: these, and what was made with them, are revoked as well. To replace a key that was not stolen by one that it made, ask for `only=true`.',
      params: idParams,
      query: z.object({
        only: z
          .enum(['true', 'false'])
          .default('false')
          .meta({ description: 'true: this key alone.' }),
      }),
      answer: z.object({
        revoked: z.int().meta({ description: 'Keys that were live until now; 0: none was.' }),
      }),
      async handle({ params, query, caller }) {
        const alone = query.only === 'true';
        return { body: { revoked: await apiKeys.revoke(caller.userId, params.id, { alone }) } };
      },
    }),
  ];
}
