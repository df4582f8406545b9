// Proposals and votes of the Whales (DESIGN 2.11 and 6): anybody may read them, one's own vote with a key; Whales propose
// and vote; operators veto, through the proposal's workflow.
import type { Request } from 'express';
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import {
  isOpen,
  maxProposalLength,
  maxTitleLength,
  proposalEnds,
  proposalKinds,
  proposalStatuses,
  voteChoices,
} from '../../domain/governance';
import type { ProposalDetails } from '../../services/governance/proposal-reads';
import { vetoUpdate } from '../../workflows/governance-proposal';
import { readerOf, type Admission } from '../admission';
import type { Context, Services } from '../context';
import { route, type Route } from '../route';
import {
  amountAnswer,
  idParams,
  pageOf,
  pageQuery,
  plainLine,
  plainText,
  reason,
  timeAnswer,
} from '../schemas';
import { parameterValueSchema } from './parameters';

const proposalBase = z.object({
  id: z.uuid(),
  kind: z.enum(proposalKinds),
  title: z.string(),
  text: z.string(),
  parameter: z
    .object({
      name: z.string().meta({ example: 'exchange.takerFeeBps' }),
      value: parameterValueSchema,
      valueBefore: parameterValueSchema.meta({
        description: 'In force when it was proposed.',
      }),
      expectedVersion: z.int().meta({
        description: 'Of the parameter, when it was proposed: with another one it expires.',
      }),
      executedVersion: z.int().nullable(),
    })
    .nullable(),
  status: z.enum(proposalStatuses),
  createdAt: timeAnswer,
  opensAt: timeAnswer,
  closesAt: timeAnswer,
  extendedAt: timeAnswer.nullable().meta({
    description: 'When a late vote made the quorum reached; `closesAt` is the later one then.',
  }),
  countedAt: timeAnswer.nullable(),
  queuedUntil: timeAnswer.nullable(),
  executableUntil: timeAnswer.nullable(),
  endedAt: timeAnswer.nullable(),
  endedBecause: z.enum(proposalEnds).nullable(),
  thresholds: z.object({
    quorumBps: z.int().meta({ description: 'For + Abstain, of what the Whales had staked.' }),
    circulatingBps: z.int().meta({ description: 'For + Abstain, of the LCO in circulation.' }),
    minVoters: z.int(),
    twoThirds: z.boolean().meta({ description: 'Else more For than Against carry it.' }),
    quorumWeight: amountAnswer.meta({ description: 'LCO, what the two shares come to.' }),
  }),
  snapshot: z
    .object({ voters: z.int(), weight: amountAnswer, circulating: amountAnswer })
    .meta({ description: 'The Whales and the LCO in circulation when it was proposed.' }),
});

const proposalAnswer = proposalBase
  .extend({
    proposer: z.string().meta({ description: 'The handle.' }),
    veto: z
      .object({ operator: z.string().meta({ description: 'The handle.' }), reason: z.string() })
      .nullable(),
    tally: z
      .object({
        for: amountAnswer,
        against: amountAnswer,
        abstain: amountAnswer,
        voters: z.int(),
        quorumReached: z.boolean(),
        carried: z.boolean(),
      })
      .meta({ description: 'LCO: of the count, or before it of this moment.' }),
  })
  .meta({ id: 'Proposal' });

const voteAnswer = z.object({
  handle: z.string(),
  choice: z.enum(voteChoices),
  castAt: timeAnswer,
  weight: amountAnswer.meta({
    description: 'The smaller of the snapshot’s stake and of what is staked, or was at the close.',
  }),
  snapshotStake: amountAnswer,
});

const ownAnswer = z.object({
  snapshotStake: amountAnswer.meta({ description: 'What a vote weighs at most; 0: none.' }),
  choice: z.enum(voteChoices).nullable(),
  castAt: timeAnswer.nullable(),
});

const text = plainText(maxProposalLength);
const title = plainLine(maxTitleLength);

const proposalBody = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('parameter'),
    title,
    text,
    parameter: z.string().max(100),
    value: parameterValueSchema,
  }),
  z.strictObject({ kind: z.literal('text'), title, text }),
]);

const common = { tag: 'Governance' } as const;

type Dependencies = Pick<Services, 'authenticator' | 'governance'> &
  Pick<Context, 'rateLimits' | 'temporal'>;

function presentDetails({ proposal, votes }: ProposalDetails) {
  return { proposal, votes: [...votes] };
}

export function createGovernanceRoutes(dependencies: Dependencies): Route[] {
  const { authenticator, rateLimits, governance, temporal } = dependencies;
  const admission: Admission = { authenticator, rateLimits };

  async function withOwn(proposalId: string, request: Request) {
    const userId = await readerOf(admission, request);
    const details = await governance.get(proposalId);
    const own = userId === null ? null : await governance.ownVote(proposalId, userId);
    return { ...presentDetails(details), own };
  }

  return [
    route({
      ...common,
      access: 'public',
      method: 'get',
      path: '/governance/proposals',
      summary: 'Proposals, newest first',
      query: pageQuery.extend({ status: z.enum(proposalStatuses).optional() }),
      answer: pageOf(proposalAnswer),
      async handle({ query: { status, ...page } }) {
        const { items, nextCursor } = await governance.list({ status }, page);
        return { body: { items: [...items], nextCursor } };
      },
    }),
    route({
      ...common,
      access: 'trade',
      method: 'post',
      path: '/governance/proposals',
      summary: 'Propose, as a Whale, to change a parameter, or a text',
      description:
        'Voting opens after 24 hours, for 72. All that it is decided by is fixed now: the Whales and what they have staked, the LCO in circulation, thresholds, windows, and the version of the parameter.',
      idempotency: 'required',
      body: proposalBody,
      answer: z.object({ proposal: proposalBase.extend({ proposerId: z.uuid() }) }),
      status: 201,
      async handle({ body, caller }) {
        const { kind, title, text } = body;
        const change =
          body.kind === 'text' ? null : { parameter: body.parameter, value: body.value };
        const request = { kind, title, text, change };
        const { proposal, replayed } = await governance.propose(caller, request);
        const { veto: _, ...written } = proposal;
        return { body: { proposal: written }, replayed };
      },
    }),
    route({
      ...common,
      access: 'public',
      method: 'get',
      path: '/governance/proposals/:id',
      summary: 'A proposal with its tally and every vote',
      description: 'With a key (scope `read`) also your own vote, and what it weighs at most.',
      params: idParams,
      answer: z.object({
        proposal: proposalAnswer,
        votes: z.array(voteAnswer),
        own: ownAnswer.nullable(),
      }),
      handle: async ({ params, request }) => ({ body: await withOwn(params.id, request) }),
    }),
    route({
      ...common,
      access: 'trade',
      method: 'post',
      path: '/governance/proposals/:id/votes',
      summary: 'Vote, as a Whale of the proposal’s snapshot',
      description:
        'Once, and finally. It weighs the smaller of the snapshot’s stake and of what is staked when voting closes.',
      idempotency: 'required',
      params: idParams,
      body: z.object({ choice: z.enum(voteChoices) }),
      answer: z.object({
        vote: z.object({
          proposalId: z.uuid(),
          choice: z.enum(voteChoices),
          castAt: timeAnswer,
          snapshotStake: amountAnswer,
          closesAt: timeAnswer,
          extendedAt: timeAnswer.nullable(),
        }),
      }),
      status: 201,
      async handle({ params, body, caller }) {
        const { vote, replayed } = await governance.vote(caller, params.id, body.choice);
        return { body: { vote }, replayed };
      },
    }),
    route({
      ...common,
      access: 'operator',
      method: 'post',
      path: '/admin/governance/proposals/:id/veto',
      summary: 'Veto a proposal that is not over, in public',
      description:
        'The reason and who gave it are shown to everybody. Not by who proposed it or voted on it.',
      idempotency: 'required',
      params: idParams,
      body: z.object({ reason }),
      answer: z.object({ proposal: proposalAnswer, votes: z.array(voteAnswer) }),
      async handle({ params, body, caller }) {
        await governance.get(params.id);
        const { replayed } = await temporal.sendUpdate({
          workflowId: `proposal/${params.id}`,
          update: vetoUpdate,
          args: [{ operatorId: caller.userId, requestId: caller.requestId, ...body }],
          caller,
          async explainAbsence() {
            const { status } = (await governance.get(params.id)).proposal;
            return isOpen(status)
              ? undefined
              : new DomainError('STATE_CONFLICT', `The proposal is ${status} already.`, { status });
          },
        });
        // Nothing of it changes any more.
        return { body: presentDetails(await governance.get(params.id)), replayed };
      },
    }),
  ];
}
