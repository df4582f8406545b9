// A caller's level as answers show it.
import { z } from 'zod';
import { formatAmount } from '../../domain/money';
import { priceMultiplierOf, tierLevels } from '../../domain/tiers';
import type { Standing } from '../../services/tiers';
import { amountAnswer } from '../schemas';

export const multiplier = z
  .string()
  .nullable()
  .meta({ description: "Of the list price; null: a Whale pays the upstream's cost." });

export const tierAnswer = z
  .object({
    level: z.enum(tierLevels),
    multiplier,
    concurrency: z.int().meta({ description: 'Calls at once.' }),
    staked: amountAnswer,
  })
  .meta({ id: 'Tier' });

export function presentTier({ tier, staked, concurrency }: Standing): z.input<typeof tierAnswer> {
  return {
    level: tier.level,
    multiplier: priceMultiplierOf(tier),
    concurrency,
    staked: formatAmount(staked),
  };
}
