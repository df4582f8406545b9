// Margin positions on a market whose mark goes where a test sends it, with a Temporal namespace for their monitors: whether a
// worker runs, and which, is the test's.
import { randomBytes } from 'node:crypto';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { readConfig } from '../../config/config';
import { formatAmount, parseAmount } from '../../domain/money';
import type { Command } from '../../ledger/command';
import type { Position } from '../../services/margin/position-views';
import type { ChangeKind } from '../../services/margin/position-rows';
import { tickMark } from '../../services/exchange/mark/mark';
import { marketState } from '../../services/exchange/market/market-state';
import type { marginMonitor } from '../../workflows/margin-monitor';
import { lxStatus } from '../../workflows/search-attributes';
import { operatorCaller, toAccount } from '../credits/world';
import { system } from '../exchange/mark-world';
import { createMarginWorld as createMarket } from '../margin/world';
import { testEngines } from '../support/engines';
import { eventually } from './support';

export type MarginWorld = Awaited<ReturnType<typeof createMarginWorld>>;

/** What rests on both sides of the mark, LCO. */
export const deepBook = '60000';
/** A fifth of it is less than half of a position: it is liquidated in three slices. */
export const thinBook = '12000';
/**
 * Where the mark starts, and of a long of 100 Credits at 5x that was opened there: its ratio is 9.3%, so that a slice makes it
 * safe again; 8.3%, too much to be taken over; 2.7%, so low that all of it is closed; 1.5%, and bids that are lower than what
 * would leave nothing.
 */
export const prices = { start: 0.1, slightly: 0.0885, some: 0.0875, far: 0.0825, nothing: 0.0815 };

interface Book {
  readonly bid?: number | null;
  readonly ask?: number | null;
  readonly quantity?: string;
}

/** Sends the mark somewhere at once; averages over time stay what they were. */
const jump: Command<{ mark: string; ageMs?: number }, null> = {
  kind: 'test_jump',
  keys: () => ({}),
  decide(view, { mark, ageMs = 0 }) {
    const { mark: before } = view.projection(marketState);
    if (!before) throw new Error('there is no mark yet');
    const state = { ...before, at: view.at - ageMs, mark, ema: mark };
    return { feed: [{ type: 'mark', state }], result: null };
  },
};

/**
 * Journal time is this far ahead, so that it stands still: no mark gets old, no tick moves it, and to the reconciliation, which
 * goes by the database's clock, nothing is ever neglected unless a test says so.
 */
const aheadMs = 60 * 60_000;

/** Two who lend, a maker, and a mark of 0.1. */
export async function createMarginWorld(temporalAddress?: string) {
  const address = temporalAddress ?? testEngines().temporal.address;
  const namespace = `lx-${randomBytes(6).toString('hex')}`;
  const market = await createMarket();
  const { db, committer, database, maker, margin } = market;
  const config = readConfig({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    DEMO: '0',
  });
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection, namespace });
  // A larger one would wait for a second operator.
  await market.deposit(maker, '9000');
  await market.mine(maker, '60000');
  market.pass(aheadMs);
  await market.startMarket(prices.start, deepBook);
  const lender = await market.addTrader('9000', '50000');
  await market.supply(lender, 'CREDIT', '9000');
  await market.supply(lender, 'LCO', '50000');
  const operator = await market.addUser('operator');

  const handleOf = (id: string): WorkflowHandle<typeof marginMonitor> =>
    temporal.workflow.getHandle(`margin/${id}`);

  const tick = async () => (await committer.submit(tickMark, { warmUpMs: 0 }, system)).result;

  /** As its row says it is. */
  async function reaches(
    id: string,
    isThere: (position: Position) => boolean,
    timeoutMs = 120_000,
  ): Promise<Position> {
    return eventually(async () => {
      const { position } = await margin.read(id);
      return isThere(position) && position;
    }, timeoutMs);
  }

  return {
    market,
    /** Whose Credits and LCO the pools lend. */
    lender,
    margin,
    db,
    config,
    temporal,
    handleOf,
    reaches,

    /** The mark goes there, with a book around it unless it says otherwise, and fences what it crosses. */
    async jump(price: number, { bid, ask, quantity = deepBook }: Book = {}): Promise<void> {
      await market.cancelAll(maker);
      const [lower, higher] = [bid ?? price * 0.999, ask ?? price * 1.001];
      if (bid !== null)
        await market.place(maker, { side: 'buy', price: lower.toFixed(6), quantity });
      if (ask !== null)
        await market.place(maker, { side: 'sell', price: higher.toFixed(6), quantity });
      await committer.submit(jump, { mark: String(price) }, system);
      await tick();
    },

    /** As if nobody had ticked for a minute. */
    loseMark: () => committer.submit(jump, { mark: String(prices.start), ageMs: 60_000 }, system),

    addOwner: () => market.addTrader('1000'),

    /** 100 Credits at 5x, at the mark of the start. */
    async open(userId: string, side: 'long' | 'short' = 'long'): Promise<Position> {
      await this.jump(prices.start);
      return market.open(userId, { side });
    },

    status: async (id: string) => (await margin.read(id)).position.status,
    becomes: (id: string, status: Position['status']) =>
      reaches(id, (position) => position.status === status),

    /** What happened to it, in order. */
    async kindsOf(id: string): Promise<ChangeKind[]> {
      const rows = db('margin_changes').where('position_id', id).orderBy('number');
      return rows.pluck<ChangeKind[]>('kind');
    },

    /** What the transfers of a kind moved for it, in order. */
    async postingsOf(id: string, kind: string): Promise<string[]> {
      const rows = await db({ t: 'journal_transfers' })
        .join({ e: 'journal_entries' }, { 'e.sequence': 't.sequence', 'e.transfer': 't.transfer' })
        .where({ 't.reference': id, 't.kind': kind })
        .where('e.amount', '>', 0)
        .orderBy(['t.sequence', 't.transfer'])
        .pluck<bigint[]>('e.amount');
      return rows.map(formatAmount);
    },

    /** Makes as if it had last been looked after a minute ago. */
    neglect: (id: string) =>
      db('margin_positions')
        .where({ id })
        .update({ updated_at: db.raw(`now() - interval '1 minute'`) }),

    /** The outbox tells once more of what it told already. */
    async tellAgain(id: string, kind: string): Promise<void> {
      await db('outbox').where({ kind, entity_id: id }).update({ delivered_at: null });
      await db.raw('notify lx_outbox');
      await eventually(async () => {
        const waiting = db('outbox').where({ kind, entity_id: id }).whereNull('delivered_at');
        return (await waiting.pluck('id')).length === 0;
      });
    },

    endowReserve: (amount: string) =>
      market.deposits.record(operatorCaller(operator), toAccount('risk_reserve', amount)),

    statusAttribute: async (id: string) =>
      (await handleOf(id).describe()).searchAttributes[lxStatus.name]?.[0],

    /** What the Temporal UI shows of it. */
    async detailsOf(id: string): Promise<string> {
      const metadata = await handleOf(id).query<{ currentDetails: string }>(
        '__temporal_workflow_metadata',
      );
      return metadata.currentDetails;
    },

    /** Proves the books, too. */
    async close(): Promise<void> {
      await connection.close();
      await market.end();
    },
  };
}

export const sumOf = (amounts: readonly string[]): string =>
  formatAmount(amounts.reduce((sum, amount) => sum + parseAmount(amount), 0n));
