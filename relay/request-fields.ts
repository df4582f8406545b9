// Fields that requests of several endpoints have in common.
import { z } from 'zod';

export const limitOfOutput = z.int().min(1).nullish();
export const penalty = z.number().min(-2).max(2).nullish();
export const identifier = z.string().max(512).nullish();

/** A text that the caller has tokenized. */
export const tokenIds = z.array(z.int().min(0)).min(1);

export const streamOptions = z
  .strictObject({
    include_usage: z.boolean().optional(),
    include_obfuscation: z.boolean().optional(),
  })
  .nullish();
