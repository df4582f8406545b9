// Compute Wars (DESIGN 2.9 and 6): rounds with their rankings, which anybody may see; one's own place with a key; the
// champion's choice; and how operators disqualify.
import type { Request } from 'express';
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import { warPerks, warStatuses } from '../../domain/war-round';
import type { PublicRound, WarBoard } from '../../services/wars/wars';
import { disqualifyUpdate } from '../../workflows/compute-wars-round';
import { readerOf, type Admission } from '../admission';
import type { Context, Services } from '../context';
import { route, type Route } from '../route';
import { amountAnswer, id, pageOf, pageQuery, plainLine, reason, timeAnswer } from '../schemas';

const placeAnswer = z.object({
  place: z.int(),
  players: z.int().meta({ description: 'Who share this place and those behind it.' }),
  score: amountAnswer,
  percent: z.int().meta({ description: 'Of the pool, for all of them together.' }),
  prize: amountAnswer.meta({ description: 'LCO, for each of them.' }),
  capped: z.boolean(),
});

const perkAnswer = z.object({
  chooseBy: timeAnswer,
  choice: z.enum(warPerks).nullable(),
  byDefault: z.boolean(),
  chosenAt: timeAnswer.nullable(),
  endsAt: timeAnswer.nullable(),
  budget: amountAnswer.nullable().meta({ description: 'Credits for free calls.' }),
  endedAt: timeAnswer.nullable(),
  returned: amountAnswer.nullable(),
});

const roundAnswer = z
  .object({
    id: z.string().meta({ example: '2026-W48' }),
    status: z.enum(warStatuses),
    startsAt: timeAnswer,
    endsAt: timeAnswer,
    prizeCapBps: z.int(),
    provisionalMs: z.int().meta({ description: 'From its close until it is final.' }),
    perkChoiceMs: z.int().meta({ description: 'How long its champion may choose.' }),
    perkMs: z.int().meta({ description: 'How long the perk is in force.' }),
    closedAt: timeAnswer.nullable(),
    prizePool: amountAnswer.nullable().meta({
      description:
        'LCO; while the round is live, what it would have if it ended now: what the pool has beyond the claims of rounds that have not paid yet.',
    }),
    twap: z
      .string()
      .nullable()
      .meta({ description: "Credits for one LCO; the round's average mark, fixed at its close." }),
    provisionalUntil: timeAnswer.nullable(),
    finalisedAt: timeAnswer.nullable(),
    paidAt: timeAnswer.nullable(),
    paid: amountAnswer.meta({ description: 'LCO.' }),
    prizes: z.array(placeAnswer).nullable(),
    champion: z.string().nullable().meta({ description: 'The handle; null until it is final.' }),
    championScore: amountAnswer.nullable(),
    perk: perkAnswer.nullable(),
  })
  .meta({ id: 'WarRound' });

const entryAnswer = z.object({
  rank: z.int(),
  handle: z.string(),
  score: amountAnswer.meta({ description: 'Credits charged for calls in the round.' }),
  gap: amountAnswer.nullable().meta({ description: 'To the next better score.' }),
  reachedAt: timeAnswer,
  prize: amountAnswer.nullable().meta({ description: 'LCO that were paid.' }),
});

const ownAnswer = z.object({
  rank: z.int().nullable().meta({ description: 'null: disqualified.' }),
  score: amountAnswer,
  gap: amountAnswer.nullable(),
});

const boardAnswer = z.object({ round: roundAnswer, board: z.array(entryAnswer) });
const roundParams = z.object({ id: plainLine(30) });

type Presented = z.input<typeof roundAnswer>;

function presentRound({ prizes, ...round }: PublicRound): Presented {
  return { ...round, prizes: prizes && [...prizes] };
}

type Dependencies = Pick<Services, 'authenticator' | 'wars'> &
  Pick<Context, 'rateLimits' | 'temporal'>;

export function createWarRoutes({
  authenticator,
  rateLimits,
  wars,
  temporal,
}: Dependencies): Route[] {
  const admission: Admission = { authenticator, rateLimits };

  async function withBoard({ round, board }: WarBoard, request: Request) {
    const userId = await readerOf(admission, request);
    const own = userId === null ? null : await wars.standingOf(round.id, userId);
    return { body: { round: presentRound(round), board: [...board], own } };
  }

  return [
    route({
      access: 'public',
      tag: 'Compute Wars',
      method: 'get',
      path: '/wars',
      summary: 'Rounds, newest first',
      query: pageQuery,
      answer: pageOf(roundAnswer),
      async handle({ query }) {
        const { items, nextCursor } = await wars.list(query);
        return { body: { items: items.map(presentRound), nextCursor } };
      },
    }),
    route({
      access: 'public',
      tag: 'Compute Wars',
      method: 'get',
      path: '/wars/current',
      summary: 'The current round with its top 100',
      description: 'With a key (scope `read`) also your own place and what you lack to the next.',
      answer: boardAnswer.extend({ own: ownAnswer.nullable() }),
      handle: async ({ request }) => withBoard(await wars.current(), request),
    }),
    route({
      access: 'public',
      tag: 'Compute Wars',
      method: 'get',
      path: '/wars/:id',
      summary: 'A round with its top 100, its prizes and its perk',
      description: 'With a key (scope `read`) also your own place.',
      params: roundParams,
      answer: boardAnswer.extend({ own: ownAnswer.nullable() }),
      handle: async ({ params, request }) => withBoard(await wars.get(params.id), request),
    }),
    route({
      access: 'trade',
      tag: 'Compute Wars',
      method: 'post',
      path: '/wars/:id/perk',
      summary: "Choose the champion's perk",
      description:
        'For the champion, within the time for it: `free_calls` for a quarter of the winning score, as far as the set-aside reaches, or `unlimited_concurrency`. It begins at once.',
      idempotency: 'required',
      params: roundParams,
      body: z.object({ choice: z.enum(warPerks) }),
      answer: z.object({ round: roundAnswer }),
      async handle({ params, body, caller }) {
        const { round, replayed } = await wars.choosePerk(caller, params.id, body.choice);
        return { body: { round: presentRound(await wars.present(round)) }, replayed };
      },
    }),
    route({
      access: 'operator',
      tag: 'Compute Wars',
      method: 'post',
      path: '/admin/wars/:id/disqualify',
      summary: 'Disqualify a player while the round is provisional',
      description:
        'For stolen keys or funds. The rest move up. Not by an operator who has a score in the round.',
      idempotency: 'required',
      params: roundParams,
      body: z.object({ userId: id, reason }),
      answer: z.object({ round: roundAnswer }),
      async handle({ params, body, caller }) {
        await wars.get(params.id);
        const { result, replayed } = await temporal.sendUpdate({
          workflowId: `wars/${params.id}`,
          update: disqualifyUpdate,
          args: [{ operatorId: caller.userId, requestId: caller.requestId, ...body }],
          caller,
          async explainAbsence() {
            const { round } = await wars.get(params.id);
            return round.status === 'live' || round.status === 'provisional'
              ? undefined
              : new DomainError('STATE_CONFLICT', `The round is ${round.status} already.`, {
                  status: round.status,
                });
          },
        });
        return { body: { round: presentRound(await wars.present(result)) }, replayed };
      },
    }),
  ];
}
