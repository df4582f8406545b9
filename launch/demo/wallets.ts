// How many LCO, in lots, each of the demo's traders has, in orders or not: read once, and then what the history's own
// commands answered is added.
import type { Knex } from 'knex';
import { lotSize } from '../../domain/exchange/market';
import { userAccount } from '../../ledger/accounts';

export class Wallets {
  private constructor(private readonly lots: Map<string, number>) {}

  static async read(db: Knex, userIds: readonly string[]): Promise<Wallets> {
    const owners = new Map(
      userIds.flatMap((id) =>
        (['available', 'orders'] as const).map((purpose) => [
          userAccount(id, purpose, 'LCO').key,
          id,
        ]),
      ),
    );
    const rows = await db('accounts')
      .select<{ key: string; balance: bigint }[]>('key', 'balance')
      .whereIn('key', [...owners.keys()]);
    const wallets = new Wallets(new Map());
    for (const { key, balance } of rows) {
      const owner = owners.get(key);
      if (owner !== undefined) wallets.add(owner, Number(balance / lotSize));
    }
    return wallets;
  }

  of(userId: string): number {
    return this.lots.get(userId) ?? 0;
  }

  add(userId: string, lots: number): void {
    this.lots.set(userId, this.of(userId) + lots);
  }
}
