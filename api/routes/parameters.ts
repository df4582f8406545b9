// Governed parameters: the registry with what is in force, and what was before.
import { z } from 'zod';
import type { ParameterDefinition } from '../../domain/parameter-registry';
import { formatParameter } from '../../domain/parameters';
import type { ParameterEntry, PastChange } from '../../services/parameters';
import type { Context, Services } from '../context';
import { route, type Route } from '../route';
import {
  pageOf,
  pageQuery,
  presentOptionalTime,
  presentPage,
  presentTime,
  timeAnswer,
} from '../schemas';

/** A parameter's value in JSON, of whatever type. */
export const parameterValueSchema = z
  .union([z.number(), z.string(), z.record(z.string(), z.number())])
  .meta({ description: 'A number, a decimal string for an amount, or a number for each level.' });
const value = parameterValueSchema;

const parameterAnswer = z
  .object({
    name: z.string().meta({ example: 'relay.requestsPerMinute' }),
    type: z.enum(['integer', 'bps', 'amount', 'levels']),
    unit: z.string(),
    description: z.string(),
    value,
    default: value,
    minimum: value.meta({ description: 'No vote leaves it.' }),
    maximum: value.meta({ description: 'No vote leaves it.' }),
    twoThirds: z
      .boolean()
      .meta({ description: 'The whitepaper names the value: two thirds must be for a change.' }),
    pinnedBy: z
      .enum(['none', 'reservation', 'order', 'position', 'market', 'round', 'imo', 'buyback'])
      .meta({ description: 'What keeps the value of its own creation.' }),
    version: z.int().meta({ description: '1 is the default.' }),
    changedAt: timeAnswer.nullable(),
  })
  .meta({ id: 'Parameter' });

function presentParameter(entry: ParameterEntry): z.input<typeof parameterAnswer> {
  const definition: ParameterDefinition = entry.definition;
  const { type, unit, description, minimum, maximum, twoThirds, pinnedBy } = definition;
  return {
    name: entry.name,
    type,
    unit,
    description,
    value: entry.value,
    default: formatParameter(definition.default),
    minimum: formatParameter(minimum),
    maximum: formatParameter(maximum),
    twoThirds,
    pinnedBy,
    version: entry.version,
    changedAt: presentOptionalTime(entry.changedAt),
  };
}

const changeAnswer = z
  .object({
    version: z.int(),
    value,
    previousValue: value,
    at: timeAnswer,
    source: z.string().meta({ description: 'What decided it, for example `proposal/<id>`.' }),
    reason: z.string().nullable(),
  })
  .meta({ id: 'ParameterChange' });

function presentChange({ changedAt, ...change }: PastChange): z.input<typeof changeAnswer> {
  return { ...change, at: presentTime(changedAt) };
}

const common = { access: 'public', tag: 'Governance', method: 'get' } as const;

type Dependencies = Pick<Services, 'parameters'> & Pick<Context, 'config'>;

export function createParameterRoutes({ parameters, config }: Dependencies): Route[] {
  const { governancePending, governanceActive } = config.windows;
  return [
    route({
      ...common,
      path: '/governance/parameters',
      summary: 'Every governed parameter: value in force, bounds, and what pins it',
      answer: z.object({
        items: z.array(parameterAnswer),
        votingOpensAfterMs: z.int().meta({ description: 'On a proposal that is made now.' }),
        votingLastsMs: z.int().meta({ description: 'The same, without an extension.' }),
      }),
      async handle() {
        const items = (await parameters.list()).map(presentParameter);
        return {
          body: { items, votingOpensAfterMs: governancePending, votingLastsMs: governanceActive },
        };
      },
    }),
    route({
      ...common,
      path: '/governance/parameters/:name/history',
      summary: 'Changes of a parameter, newest first',
      params: z.object({ name: z.string().max(100) }),
      query: pageQuery,
      answer: pageOf(changeAnswer),
      async handle({ params, query }) {
        return { body: presentPage(await parameters.history(params.name, query), presentChange) };
      },
    }),
  ];
}
