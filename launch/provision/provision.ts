// The first things an instance has (DESIGN 7): two operators, a channel with models to call, the demo user with Credits
// to spend, and on a new journal the demo's traders with a week behind them. Idempotent: what is there stays as it is.
import type { Knex } from 'knex';
import type { Config } from '../../config/config';
import { defaultWindows } from '../../config/windows';
import { demoHandle, scopesOfRole } from '../../domain/identity';
import { unit } from '../../domain/money';
import { Committer } from '../../ledger/committer';
import { openDatabase } from '../../ledger/connection';
import { newId } from '../../ledger/ids';
import { createDeposits } from '../../services/credits/deposits';
import type { Caller } from '../../services/identity/caller';
import { projections } from '../../services/projections';
import { describeDataDir } from '../data-dir';
import { demoUsers, hasCast, type CastMember } from '../demo/cast';
import { makeHistory } from '../demo/history';
import { historyStart, openingBalanceRef } from '../demo/opening';
import { openAccounts, type AccountStore } from './account-file';
import { ensureAccount, type Account } from './accounts';
import { mockName, seedUpstream } from './seed-upstream';

export interface ProvisionOptions {
  readonly databaseUrl: string;
  readonly config: Config;
  /** undefined with a real upstream. */
  readonly mockBaseUrl: string | undefined;
  /** Milliseconds since 1970 where a demo history is to be made, see `findHistoryStart`. */
  readonly historyFrom?: number | undefined;
  readonly announce?: (line: string) => void;
}

export interface Login {
  readonly email: string;
  readonly password: string;
}

export interface ProvisionedKeys {
  readonly operatorKey: string;
  readonly secondOperatorKey: string;
  /** For the console. */
  readonly operatorLogins: readonly Login[];
  /** undefined without the demo. */
  readonly demoKey: string | undefined;
  /** Whether the demo's traders are there, to go on trading. */
  readonly hasDemoMarket: boolean;
}

const operators: readonly Account[] = ['operator-1', 'operator-2'].map((handle) => ({
  handle,
  email: `${handle}@l-exchange.local`,
  role: 'operator',
}));
const demo: Account = { handle: demoHandle, email: 'demo@l-exchange.local', role: 'user' };
/** Enough for the level that IMOs ask for, and for a bit of everything else. */
const demoCredits = 2_500n * unit;
/** Every first start tells the same story. */
const historySeed = 20_090_103;

/**
 * From when on this start has to make a demo history; undefined: none. Nobody else may commit while it is made, or the
 * journal's time would be the present. Invented calls go with invented answers: a real upstream gets none.
 */
export async function findHistoryStart(
  databaseUrl: string,
  config: Config,
): Promise<number | undefined> {
  if (!config.demo || config.upstream.baseUrl !== undefined) return undefined;
  const db = openDatabase(databaseUrl, 'lx-setup', 1);
  try {
    return await historyStart(db, Date.now());
  } finally {
    await db.destroy();
  }
}

/** Makes what is missing and returns the keys of the first accounts. */
export async function provision(options: ProvisionOptions): Promise<ProvisionedKeys> {
  const { databaseUrl, config, mockBaseUrl, historyFrom } = options;
  const db = openDatabase(databaseUrl, 'lx-setup', 4);
  let now = historyFrom;
  const committer = new Committer({
    databaseUrl,
    applicationName: 'lx-setup-committer',
    projections,
    ...(historyFrom === undefined ? {} : { clock: () => now ?? Date.now() }),
  });
  const clock = { set: (at: number | undefined) => void (now = at) };
  try {
    const store = openAccounts(describeDataDir(config.dataDir).accounts);
    const ensure = (account: Account) => ensureAccount(db, committer, store, account);
    const hasDemoMarket =
      config.demo &&
      mockBaseUrl !== undefined &&
      (historyFrom !== undefined || (await hasCast(db)));
    // Before anything is committed: where they are, a history was begun.
    const cast = hasDemoMarket ? await ensureCast(ensure) : [];
    store.save();
    const [first, second] = await Promise.all(operators.map(ensure));
    const guest = config.demo ? await ensure(demo) : undefined;
    store.save();
    if (!first || !second) throw new Error('the operators were not made');
    await seedUpstream({ ...options, committer });
    const bank = createBank(db, committer, config, [first.userId, second.userId]);
    if (historyFrom !== undefined) {
      await makeDemoWeek({ ...options, historyFrom, db, committer, clock, cast, bank });
    }
    if (guest) {
      const reason = 'Credits for the demo user to try things out with';
      await bank.deposit(guest.userId, demoCredits, openingBalanceRef, reason);
    }
    return {
      operatorKey: first.apiKey,
      secondOperatorKey: second.apiKey,
      operatorLogins: operators.flatMap(({ handle }) => loginOf(store, handle)),
      demoKey: guest?.apiKey,
      hasDemoMarket,
    };
  } finally {
    await committer.close();
    await db.destroy();
  }
}

/** None where the account was there before its password was kept. */
function loginOf({ accounts }: AccountStore, handle: string): Login[] {
  const { email, password } = accounts.get(handle) ?? { email: '', password: null };
  return password === null ? [] : [{ email, password }];
}

function ensureCast(
  ensure: (account: Account) => ReturnType<typeof ensureAccount>,
): Promise<CastMember[]> {
  return Promise.all(
    demoUsers.map(async (user) => {
      const { userId, keyId } = await ensure({ ...user, role: 'user' });
      return { ...user, userId, keyId };
    }),
  );
}

interface DemoWeek extends ProvisionOptions {
  readonly historyFrom: number;
  readonly db: Knex;
  readonly committer: Committer;
  readonly clock: { set(at: number | undefined): void };
  readonly cast: readonly CastMember[];
  readonly bank: Bank;
}

/** What the demo's traders begin with, and their week. */
async function makeDemoWeek(week: DemoWeek): Promise<void> {
  const { announce, bank, cast, clock, config, historyFrom } = week;
  const startedAt = performance.now();
  announce?.('Demo: making seven days of calls and trades (once, about ten seconds)');
  for (const { userId, handle, credits } of cast) {
    const reason = 'Credits for a trader of the demonstration';
    await bank.deposit(userId, credits * unit, `${handle}-opening-balance`, reason);
  }
  await makeHistory({
    ...week,
    from: historyFrom,
    to: Date.now(),
    seed: historySeed,
    markWarmUpMs: config.windows.markWarmUp,
    warWindows: config.windows.warsRound === defaultWindows.warsRound ? config.windows : null,
    predictionWindows: config.windows,
    governanceWindows: config.windows,
    channelName: mockName,
  });
  clock.set(undefined);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  announce?.(`Demo: seven days made (${seconds} s)`);
}

type Bank = ReturnType<typeof createBank>;

/** Deposits as the operators record them: once, by their reference, and by two above the limit. */
function createBank(
  db: Knex,
  committer: Committer,
  { fourEyesAbove }: Config,
  [first, second]: readonly [string, string],
) {
  const deposits = createDeposits({ db, committer, fourEyesAbove });
  return {
    async deposit(userId: string, amount: bigint, externalRef: string, reason: string) {
      const request = { userId, account: null, amount, externalRef, reason };
      const { deposit } = await deposits.record(operatorCaller(first), request);
      if (deposit.status === 'awaiting_second') {
        await deposits.approve(operatorCaller(second), deposit.id, reason);
      }
    },
  };
}

function operatorCaller(userId: string): Caller {
  return {
    userId,
    role: 'operator',
    isFrozen: false,
    scopes: scopesOfRole('operator'),
    keyId: null,
    models: null,
    sessionHash: null,
    requestId: newId(),
  };
}
