// A scarce model, stakers with LCO that they mined, and IMOs that are driven as their workflow drives them, on a clock
// that a test sets.
import { randomUUID } from 'node:crypto';
import { defaultWindows } from '../../config/windows';
import { parseAmount } from '../../domain/money';
import { Committer } from '../../ledger/committer';
import { newId } from '../../ledger/ids';
import { addPriceVersion } from '../../services/catalog/price-changes';
import { channelModelId } from '../../services/catalog/channels';
import type { ModelAccess } from '../../services/catalog/models';
import type { ImoOffer } from '../../services/imos/announce';
import type { ImoCancellation } from '../../services/imos/end-imo';
import type { ImoProgress } from '../../services/imos/imo-progress';
import { createImos, type Imos } from '../../services/imos/imos';
import { projections } from '../../services/projections';
import { createStaking } from '../../services/staking/staking';
import { hintAt } from '../../services/wars/scoring';
import { callerOf } from '../credits/world';
import { createWorld as createExchangeWorld } from '../exchange/world';

export const scarceModel = 'scarce-model';
export const hourMs = 3_600_000;

export type World = Awaited<ReturnType<typeof createWorld>>;

/** A token of the scarce model costs 0.00001 Credits, its upstream half of that. */
export async function createWorld() {
  const exchange = await createExchangeWorld();
  const { db, database, channelId } = exchange;
  const operator = await exchange.addUser('operator');
  // Everything before the test's own time happened at the database's.
  let now = Date.now() + hourMs;
  const committers: Committer[] = [];
  const openCommitter = () => {
    const committer = new Committer({
      databaseUrl: database.url,
      applicationName: 'lx-test-imos',
      projections,
      clock: () => now,
    });
    committers.push(committer);
    return committer;
  };
  const committer = openCommitter();
  const imosOf = (by: Committer) => createImos({ db, committer: by });
  const imos = imosOf(committer);
  const staking = createStaking({ db, committer, cooldownMs: 7 * 24 * hourMs });
  await setAccess('imo');
  await db('channel_models').insert({
    id: channelModelId(channelId, scarceModel),
    channel_id: channelId,
    model_id: scarceModel,
    upstream_id: scarceModel,
  });
  // One whose heart beats by the test's clock.
  const processId = newId();
  await db('relay_processes').insert({ id: processId, beat_at: new Date(now + 1_000 * hourMs) });

  async function setAccess(access: ModelAccess): Promise<void> {
    const flat = (price: string) => ({
      input: parseAmount(price),
      cachedInput: parseAmount(price),
      cacheWrite: null,
      output: parseAmount(price),
    });
    await committer.submit(
      addPriceVersion,
      {
        modelId: scarceModel,
        access,
        list: flat('10'),
        cost: flat('5'),
        maxInput: 1_000_000,
        maxOutput: 100_000,
        maxPerImage: null,
        hidesOutput: false,
        tokenizer: null,
        tokenizerFactorBps: 10_000,
        operatorId: null,
        reason: null,
        requestId: newId(),
      },
      { actor: 'test' },
    );
  }

  const lcoOf = async (userId: string) => {
    const [, lco] = await exchange.balances.of(userId);
    return { available: lco?.available, locked: lco?.imo, staked: lco?.staked };
  };

  return {
    ...exchange,
    committer,
    openCommitter,
    imos,
    imosOf,
    operator,
    processId,
    setAccess,
    lcoOf,

    hint: () => hintAt(now, defaultWindows),
    now: () => now,
    setNow(at: number): void {
      now = at;
    },

    /** A user with so many LCO staked and at least as many free ones, and Credits to call with. */
    async addHolder(staked: string, free = '1000'): Promise<string> {
      const userId = await exchange.addTrader('100', String(Number(staked) + Number(free)));
      if (staked !== '0') await staking.stake(callerOf(userId), parseAmount(staked));
      return userId;
    },
    stake: (userId: string, lco: string) => staking.stake(callerOf(userId), parseAmount(lco)),
    unstake: (userId: string, lco: string) => staking.unstake(callerOf(userId), parseAmount(lco)),

    /** Opens at once, closes after an hour, ends after two; its id. */
    async announce(
      over: Partial<ImoOffer> = {},
      key: string = randomUUID(),
      by = operator,
    ): Promise<string> {
      const { result } = await imos.announce(callerOf(by, 'operator', key), {
        modelId: scarceModel,
        quota: 1_000_000n,
        opensAt: now,
        closesAt: now + hourMs,
        expiresAt: now + 2 * hourMs,
        capPerUser: null,
        minParticipants: null,
        minLocked: null,
        reason: 'A new model',
        ...over,
      });
      return result.id;
    },

    subscribe: (
      userId: string,
      imoId: string,
      lco: string,
      key: string = randomUUID(),
      by: Imos = imos,
    ) => by.subscribe(callerOf(userId, 'user', key, lco), imoId, parseAmount(lco)),

    giveUp: (userId: string, imoId: string, key: string = randomUUID()) =>
      imos.giveUp(callerOf(userId, 'user', key), imoId),

    actOf: (imoId: string, over: Partial<ImoCancellation> = {}): ImoCancellation => ({
      imoId,
      operatorId: operator,
      reason: 'The upstream withdrew it',
      decisionKey: newId(),
      requestId: newId(),
      ...over,
    }),

    /** Takes the steps that are due until one has to wait. */
    async advance(imoId: string, by: Imos = imos): Promise<ImoProgress> {
      for (;;) {
        const { next, ...progress } = await by.read(imoId);
        // What is due by the test's clock need not be by that of the database.
        const due = await takeStep(by, imoId, next.kind);
        if (due.next.kind === 'nothing' || due.revision === progress.revision) return due;
      }
    },

    /** Closes it an hour on, with shares given out. */
    async closeNow(imoId: string): Promise<ImoProgress> {
      now += hourMs;
      return this.advance(imoId);
    },

    async shareOf(userId: string, imoId: string): Promise<number | null> {
      return (await imos.subscriptionOf(imoId, userId)).allocation;
    },

    /** Reserves a call of the scarce model: so much input, and at most so much output. */
    call(
      userId: string,
      input: number,
      output: number,
      by = committer,
      process = processId,
      keyId: string | null = null,
    ) {
      return exchange.reserve(
        userId,
        output,
        { modelId: scarceModel, textTokens: input, processId: process, keyId },
        by,
      );
    },

    settleCall(
      call: Awaited<ReturnType<typeof exchange.reserve>>,
      input: number,
      output: number,
      by = committer,
    ) {
      const usage = { input, cachedInput: 0, cacheWrite: 0, output };
      return exchange.settle(
        call,
        output,
        { modelId: scarceModel, usage, wars: hintAt(now, defaultWindows) },
        by,
      );
    },

    async close() {
      await Promise.all(committers.map((each) => each.close()));
      await exchange.close();
    },
  };
}

/** What the workflow would do next, were it due. */
function takeStep(
  imos: Imos,
  imoId: string,
  kind: ImoProgress['next']['kind'],
): Promise<ImoProgress> {
  switch (kind) {
    // By the database's clock it may not be open yet: journal time decides.
    case 'open':
    case 'close':
      return imos.close(imoId);
    case 'weigh':
      return imos.weigh(imoId);
    case 'allocate':
      return imos.allocate(imoId);
    case 'expire':
      return imos.expire(imoId);
    case 'return_locks':
      return imos.returnLocks(imoId);
    case 'nothing':
      return imos.read(imoId);
  }
}
