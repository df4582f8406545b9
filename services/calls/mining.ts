// Where mining stands (whitepaper 3.1): read from the running total of all charges.
import type { Knex } from 'knex';
import { miningStatus, type MiningStatus } from '../../domain/mining';

export interface Mining {
  status(): Promise<MiningStatus>;
}

export function createMining(db: Knex): Mining {
  return {
    async status() {
      const { rows } = await db.raw<{ rows: { charged: bigint }[] }>(
        'select charged from relay_totals where id = 1',
      );
      return miningStatus(rows[0]?.charged ?? 0n);
    },
  };
}
