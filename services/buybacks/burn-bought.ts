// The end of a run (DESIGN 2.5): after the last slice everything that was bought for burning goes to the black hole,
// with one record in the burn log, and the next run may begin.
import { platformAccount } from '../../ledger/accounts';
import { putRow, type Command } from '../../ledger/command';
import { burnKeys, planBurn } from '../proofs/burn-log';
import {
  fundAccounts,
  isExecuted,
  keysOfRun,
  progressOf,
  readRun,
  unchanged,
  fundAccount,
  type BuybackProgress,
} from './buyback-progress';
import { buybacks, buybackState } from './buyback-rows';
import { buybackStateKey, readState } from './open-buyback';

const boughtLco = platformAccount('ecosystem_fund', 'LCO');

/** Asked again, or too early, it changes nothing and says what comes next. */
export const burnBought: Command<{ buybackId: string }, BuybackProgress> = {
  kind: 'burn_bought',
  keys: ({ buybackId }) => {
    const burn = burnKeys(boughtLco);
    return {
      accounts: [...fundAccounts, ...burn.accounts],
      rows: [...keysOfRun(buybackId), buybackStateKey, ...burn.rows],
    };
  },
  decide(view, { buybackId }) {
    const run = readRun(view, buybackId);
    const { buyback, slices } = run;
    if (buyback.status !== 'buying' || !slices.every(isExecuted)) {
      return { result: unchanged(view, run) };
    }
    const burn =
      buyback.burnBought > 0n
        ? planBurn(view, {
            kind: 'buyback',
            from: boughtLco,
            amount: buyback.burnBought,
            sourceRef: buybackId,
          })
        : undefined;
    const ended = {
      ...buyback,
      status: 'completed' as const,
      revision: buyback.revision + 1,
      burnSeq: burn?.record.seq ?? null,
      endedAt: view.at,
    };
    return {
      transfers: burn?.transfers ?? [],
      rows: [
        ...(burn?.rows ?? []),
        putRow(buybacks, ended),
        putRow(buybackState, { ...readState(view), finished: buyback.number }),
      ],
      feed: burn?.feed ?? [],
      result: progressOf(view.at, { ...run, buyback: ended }, (fund) =>
        view.balance(fundAccount(fund)),
      ),
    };
  },
};
