// The Friday buyback and burn (DESIGN 2.5): what the API asks of it, and the steps that its workflow takes, each of
// them one commit that happens once.
import { randomInt } from 'node:crypto';
import type { Knex } from 'knex';
import { drawRange } from '../../domain/buyback';
import { assert, DomainError } from '../../domain/errors';
import { parameterDefinitions } from '../../domain/parameter-registry';
import type { Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { originOf, type Caller } from '../identity/caller';
import { originOfDecision } from '../decision-origin';
import { readPage, type Page, type PageRequest } from '../pages';
import { burnBought } from './burn-bought';
import { buySlice, type BuySlice } from './buy-slice';
import type { BuybackProgress } from './buyback-progress';
import {
  buybackColumns,
  buybackSliceColumns,
  profitCloseColumns,
  type BuybackRow,
  type BuybackSliceRow,
  type ProfitCloseRow,
} from './buyback-rows';
import {
  presentBuyback,
  presentSlice,
  type Buyback,
  type BuybackWithSlices,
} from './buyback-views';
import { readNextBuyback, type NextBuyback } from './next-buyback';
import { openExtra, openWeekly, type OpenedBuyback } from './open-buyback';
import { pauseBuyback, resumeBuyback, type BuybackAct } from './pause-buyback';
import { startBuyback } from './start-buyback';

export interface Buybacks {
  /** Newest first. */
  list(page: PageRequest): Promise<Page<Buyback>>;
  /** With what it bought so far. @throws DomainError BUYBACK_NOT_FOUND */
  get(buybackId: string): Promise<BuybackWithSlices>;
  /** The next weekly one, estimated. */
  next(): Promise<NextBuyback>;
  /** @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, STATE_CONFLICT while another is on its way */
  openExtra(caller: Caller, reason: string): Promise<{ buyback: Buyback; replayed: boolean }>;

  /** The run of the last Friday 16:00 UTC at or before `askedAt` (milliseconds), once. */
  openWeekly(askedAt: number): Promise<OpenedBuyback>;
  /** Closes the books and plans the slices; a run that was begun before goes on where it stands. */
  start(buybackId: string): Promise<BuybackProgress>;
  buy(slice: BuySlice): Promise<BuybackProgress>;
  burn(buybackId: string): Promise<BuybackProgress>;
  /** @throws DomainError FORBIDDEN, USER_FROZEN, BUYBACK_NOT_FOUND, STATE_CONFLICT, INVALID_REQUEST */
  pause(act: BuybackAct): Promise<BuybackProgress>;
  /** As `pause`. */
  resume(act: BuybackAct): Promise<BuybackProgress>;
}

interface BuybacksOptions {
  readonly db: Knex;
  readonly committer: Committer;
  /** The window within which the slices' moments lie; each run keeps that of its opening. */
  readonly spreadMs: number;
}

export function createBuybacks({ db, committer, spreadMs }: BuybacksOptions): Buybacks {
  async function step<Input extends { readonly buybackId: string }>(
    command: Command<Input, BuybackProgress>,
    input: Input,
  ): Promise<BuybackProgress> {
    const requestId = `buyback:${input.buybackId}`;
    return (await committer.submit(command, input, { actor: 'buyback', requestId })).result;
  }

  async function act<Input extends BuybackAct>(
    command: Command<Input, BuybackProgress>,
    input: Input,
  ): Promise<BuybackProgress> {
    const origin = originOfDecision(command.kind, input.buybackId, input, input.reason);
    return (await committer.submit(command, input, origin)).result;
  }

  async function closesOf(ids: readonly string[]): Promise<Map<string, ProfitCloseRow>> {
    const rows = await db({ c: 'profit_closes' })
      .select<ProfitCloseRow[]>(profitCloseColumns)
      .whereIn('c.id', ids);
    return new Map(rows.map((row) => [row.id, row]));
  }

  return {
    async list(page) {
      const query = db({ b: 'buybacks' }).select(buybackColumns);
      const { items, nextCursor } = await readPage<BuybackRow>(query, page, [
        { column: 'b.number', type: 'bigint', of: ({ number }) => number },
      ]);
      const closes = await closesOf(items.map(({ id }) => id));
      return { items: items.map((row) => presentBuyback(row, closes.get(row.id))), nextCursor };
    },

    async get(buybackId) {
      const row = await db({ b: 'buybacks' })
        .first<BuybackRow | undefined>(buybackColumns)
        .where('b.id', buybackId);
      if (!row) throw new DomainError('BUYBACK_NOT_FOUND', 'There is no such buyback.');
      const [closes, slices] = await Promise.all([
        closesOf([buybackId]),
        db({ s: 'buyback_slices' })
          .select<BuybackSliceRow[]>(buybackSliceColumns)
          .where('s.buyback_id', buybackId)
          .whereNotNull('s.executed_at')
          .orderBy(['s.slice', 's.fund']),
      ]);
      return {
        ...presentBuyback(row, closes.get(buybackId)),
        slices: slices.map(presentSlice),
      };
    },

    next: () => readNextBuyback(db),

    async openExtra(caller, reason) {
      const { userId: operatorId, requestId, idempotency } = caller;
      assert(idempotency, 'an extra run has an idempotency key');
      const input = { operatorId, requestId, reason, spreadMs };
      const { result, replayed } = await committer.submit(openExtra, input, originOf(caller));
      return { buyback: result, replayed };
    },

    async openWeekly(askedAt) {
      const origin = { actor: 'buyback', requestId: 'schedule:open-buyback' };
      return (await committer.submit(openWeekly, { askedAt, spreadMs }, origin)).result;
    },
    start: (buybackId) => step(startBuyback, { buybackId, draws: drawMoments() }),
    buy: (slice) => step(buySlice, slice),
    burn: (buybackId) => step(burnBought, { buybackId }),
    pause: (input) => act(pauseBuyback, input),
    resume: (input) => act(resumeBuyback, { ...input, draws: drawMoments() }),
  };
}

/**
 * Drawn here, from the system's source of randomness, and kept in rows: a workflow's own randomness follows from its
 * run's id, which others can see, and a decision must come out the same when it is made again. Only the draws of the
 * attempt that commits count.
 */
function drawMoments(): number[] {
  const count = parameterDefinitions['buyback.slices'].maximum;
  return Array.from({ length: count }, () => randomInt(drawRange));
}
