// Short rounds of Compute Wars on a whole small product: the relay with the mock behind it, players with the official SDK,
// a prize pool, a mark that ticks, and operators.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { initialMarkState } from '../../domain/exchange/mark-price';
import { noSums } from '../../domain/exchange/mark-sums';
import { parseAmount } from '../../domain/money';
import type { Command } from '../../ledger/command';
import type { PublicRound } from '../../services/wars/wars';
import type { BoardEntry, OwnStanding } from '../../services/wars/leaderboard';
import type { Answer, SignedUp } from '../api/harness';
import { createRelayWorld, hello, modelId, type CallerWithKey } from '../relay/relay-world';
import { testEngines } from '../support/engines';
import { paced, pacedWindows } from '../support/pace';
import { endow } from '../wars/world';
import { eventually, expectStatus, newKey } from './support';

export interface BoardAnswer {
  readonly round: PublicRound;
  readonly board: readonly BoardEntry[];
  readonly own: OwnStanding | null;
}

/** A mark of 0.1 for so long. */
const setMark: Command<{ markedMs: number }, null> = {
  kind: 'test_mark',
  keys: () => ({}),
  decide: (view, { markedMs }) => ({
    feed: [
      {
        type: 'mark',
        state: {
          ...initialMarkState(view.at),
          mark: '0.1',
          sums: { ...noSums, tickedMs: markedMs, markedMs, mark: String(markedMs / 10) },
        },
      },
    ],
    result: null,
  }),
};

const tickMs = 500;
/** What a call is charged: 8 tokens at 2 Credits a million and 20 at 8. */
export const chargeOfCall = '0.000176';

export interface WarsWindows {
  readonly warsRound: string;
  readonly warsProvisional: string;
  readonly warsPerkChoice: string;
  readonly warsPerk: string;
}

export type WarsWorld = Awaited<ReturnType<typeof createWarsWorld>>;

export async function createWarsWorld(windows: WarsWindows, temporalAddress?: string) {
  const address = temporalAddress ?? testEngines().temporal.address;
  const namespace = `lx-${randomBytes(6).toString('hex')}`;
  const relay = await createRelayWorld({
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      WINDOWS: pacedWindows(windows),
    },
  });
  const { api, context } = relay;
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection, namespace });
  const operator = await api.appoint();
  const player = await relay.addCaller('100');
  const rival = await relay.addCaller('100');
  const bank = await relay.addCaller('100');

  let markedMs = 0;
  const tick = async () => {
    markedMs += tickMs;
    await context.committer.submit(setMark, { markedMs }, { actor: 'test' });
    // Where a worker that starts afterwards finds it.
    const state = {
      ...initialMarkState(Date.now()),
      mark: '0.1',
      sums: { ...noSums, tickedMs: markedMs, markedMs, mark: String(markedMs / 10) },
    };
    await context
      .db('mark_state')
      .insert({ id: 1, state: JSON.stringify(state) })
      .onConflict('id')
      .merge();
  };
  const ticking = setInterval(() => void tick().catch(() => undefined), tickMs);
  await tick();

  async function call(user: CallerWithKey) {
    return user.openai.chat.completions
      .create({ model: modelId, messages: hello, max_tokens: 20 })
      .withResponse();
  }

  async function read(id: string, key?: string): Promise<BoardAnswer> {
    const answer = await api.send('GET', `/wars/${id}`, key === undefined ? {} : { key });
    return expectStatus(answer, 200).as<BoardAnswer>();
  }

  /** The newest round in which somebody may have called. */
  let played = '';
  const isOver = ({ endsAt }: PublicRound) => Date.parse(endsAt) <= Date.now();

  /** A round that nobody has played and that has still so long to go. */
  async function freshRound(leastMs: number): Promise<PublicRound> {
    for (;;) {
      const { round } = await read('current');
      const leftMs = Date.parse(round.endsAt) - Date.now();
      if (round.id !== played && leftMs >= paced(leastMs)) return round;
      await sleep(leftMs + 20);
    }
  }

  await call(bank);
  played = (await read('current')).round.id;

  return {
    ...relay,
    config: context.config,
    temporal,
    operator,
    player,
    rival,
    call,
    read,
    freshRound,
    handleOf: (id: string) => temporal.workflow.getHandle(`wars/${id}`),

    /** Of what the bank has: the LCO that its one call mined, or Credits. */
    async endow(purpose: 'prize_pool' | 'free_calls', amount: string): Promise<void> {
      const input = { userId: bank.id, purpose, amount: parseAmount(amount) };
      await context.committer.submit(endow, input, { actor: 'test' });
    },

    /** The player calls twice and the rival so often, all in one round that has still so long to go; its id. */
    async play(leastMs: number, rivalCalls = 1): Promise<string> {
      for (;;) {
        const round = await freshRound(leastMs);
        await call(player);
        for (let i = 0; i < rivalCalls; i++) await call(rival);
        await call(player);
        played = (await read('current')).round.id;
        if (!isOver(round)) return round.id;
      }
    },

    choose: (id: string, choice: string, by: SignedUp = player, key = newKey()): Promise<Answer> =>
      api.send('POST', `/wars/${id}/perk`, {
        key: by.key,
        body: { choice },
        headers: { 'idempotency-key': key },
      }),

    disqualify: (id: string, userId: string, by: SignedUp = operator, key = newKey()) =>
      api.send('POST', `/admin/wars/${id}/disqualify`, {
        key: by.key,
        body: { userId, reason: 'A stolen key' },
        headers: { 'idempotency-key': key },
      }),

    /** By the service: as often as this asks, HTTP would refuse. */
    reaches: (id: string, isThere: (round: PublicRound) => boolean, timeoutMs = 120_000) =>
      eventually(async () => {
        const { round } = await context.services.wars.get(id);
        return isThere(round) && round;
      }, timeoutMs),

    /** Proves the books, too. */
    async close() {
      clearInterval(ticking);
      await relay.untilIdle();
      await relay.assertBooksBalance();
      await connection.close();
      await relay.close();
    },
  };
}
