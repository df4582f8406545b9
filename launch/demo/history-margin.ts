// Margin in the demo's history (DESIGN 7): a lender supplies both pools, Credits at once and LCO as it buys them; and once
// there is a mark a trader opens a long and a short, so that a visitor finds pools that earn and positions with monitors.
import type { Knex } from 'knex';
import { lotSize } from '../../domain/exchange/market';
import { unit } from '../../domain/money';
import { deriveId } from '../../ledger/ids';
import { openPosition } from '../../services/margin/open-position';
import { supplyIdOf } from '../../services/margin/pool-rows';
import { supplyPool } from '../../services/margin/supply';
import type { CastMember } from './cast';
import type { CommandRunner } from './history-batch';
import type { Wallets } from './wallets';

const creditsSupplied = 6_000n * unit;
/** Supplied at once, when so much has come together. */
const lcoAtOnce = 500n * unit;

const openings = [
  { key: 'demo-long', side: 'long', collateral: 60n * unit, leverage: 300 },
  { key: 'demo-short', side: 'short', collateral: 40n * unit, leverage: 200 },
] as const;

export class HistoryMargin {
  private constructor(
    private readonly lender: CastMember | undefined,
    private readonly trader: CastMember | undefined,
    private readonly wallets: Wallets,
    private hasSupplied: boolean,
  ) {}

  /** As an attempt left them that was killed. */
  static async read(
    db: Knex,
    cast: readonly CastMember[],
    wallets: Wallets,
  ): Promise<HistoryMargin> {
    const lender = cast.find(({ role }) => role === 'lender');
    const trader = cast.find(({ role }) => role === 'trader');
    const id = lender ? supplyIdOf('CREDIT', lender.userId) : '';
    const supply: unknown = await db('lending_supplies').first('id').where({ id });
    return new HistoryMargin(lender, trader, wallets, supply !== undefined);
  }

  step(run: CommandRunner): void {
    const { lender, wallets } = this;
    if (!lender) return;
    const { userId } = lender;
    if (!this.hasSupplied) {
      this.hasSupplied = true;
      run(supplyPool, { userId, asset: 'CREDIT', amount: creditsSupplied }, userId);
    }
    const held = BigInt(wallets.of(userId)) * lotSize;
    if (held < lcoAtOnce) return;
    wallets.add(userId, -Number(held / lotSize));
    run(supplyPool, { userId, asset: 'LCO', amount: held }, userId);
  }

  /** At the end of the history, when the mark has warmed up. */
  finish(run: CommandRunner): void {
    if (!this.trader) return;
    const { userId } = this.trader;
    for (const { key, ...terms } of openings) {
      const positionId = deriveId('position', userId, key);
      run(openPosition, { ...terms, positionId, userId, maxSlippageBps: 200 }, userId);
    }
  }
}
