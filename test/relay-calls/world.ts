// Users with Credits, a channel, a model at 1 Credit per million tokens, and calls against them.
import { defaultWindows } from '../../config/windows';
import { parseAmount } from '../../domain/money';
import { unitPrices, type PriceUnit } from '../../domain/pricing';
import { platformAccount } from '../../ledger/accounts';
import { Committer } from '../../ledger/committer';
import { newId } from '../../ledger/ids';
import { channelModelId } from '../../services/catalog/channels';
import { projections } from '../../services/projections';
import { addPriceVersion } from '../../services/catalog/price-changes';
import { priceVersionId } from '../../services/catalog/price-versions';
import { sweepReservations } from '../../services/calls/relay-release';
import { reserveCall, type ReserveInput } from '../../services/calls/relay-reservation';
import { settleCall, type SettleInput } from '../../services/calls/relay-settlement';
import { stake } from '../../services/staking/stake';
import { hintAt } from '../../services/wars/scoring';
import { createWorld as createCreditWorld, operatorCaller, toUser } from '../credits/world';

export const modelId = 'test-model';

export type World = Awaited<ReturnType<typeof createWorld>>;

/** Prices in Credits per million tokens. */
export async function createWorld({ list = '1', cost = '0.5', maxOutput = 100_000 } = {}) {
  const credits = await createCreditWorld();
  const { db, database } = credits;
  const committers: Committer[] = [];
  const openCommitter = () => {
    const committer = new Committer({
      databaseUrl: database.url,
      applicationName: 'lx-test-relay',
      projections,
    });
    committers.push(committer);
    return committer;
  };
  const committer = openCommitter();
  const operator = await credits.addUser('operator');
  const channelId = newId();
  const processId = await addProcess();
  await setPrice(list, cost);
  await db('channels').insert({
    id: channelId,
    name: 'test-channel',
    kind: 'openai',
    base_url: 'http://127.0.0.1:9',
    priority: 0,
    weight: 1,
    enabled: true,
    connect_timeout_ms: 1,
    first_byte_timeout_ms: 1,
    idle_timeout_ms: 1,
    max_call_ms: 1,
    created_at: db.fn.now(),
  });
  await db('channel_models').insert({
    id: channelModelId(channelId, modelId),
    channel_id: channelId,
    model_id: modelId,
    upstream_id: modelId,
  });

  async function setPrice(listed: string, costs: string): Promise<void> {
    const flat = (price: string) => ({
      input: parseAmount(price),
      cachedInput: parseAmount(price),
      cacheWrite: null,
      output: parseAmount(price),
    });
    await committer.submit(
      addPriceVersion,
      {
        modelId,
        access: 'open',
        list: flat(listed),
        cost: flat(costs),
        maxInput: 1_000_000,
        maxOutput,
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

  async function addProcess(secondsSilent = 0): Promise<string> {
    const id = newId();
    await db.raw(
      `insert into relay_processes (id, beat_at) values (?, clock_timestamp() - ? * interval '1 second')`,
      [id, secondsSilent],
    );
    return id;
  }

  /** Sells a model of another unit; prices in Credits a unit. */
  async function sell(id: string, unit: PriceUnit, price: { list: string; cost: string }) {
    await committer.submit(
      addPriceVersion,
      {
        modelId: id,
        unit,
        access: 'open',
        list: unitPrices(parseAmount(price.list)),
        cost: unitPrices(parseAmount(price.cost)),
        maxInput: 1_000,
        maxOutput: 1_000,
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
    await db('channel_models').insert({
      id: channelModelId(channelId, id),
      channel_id: channelId,
      model_id: id,
      upstream_id: id,
      unit,
    });
  }

  const deposit = (userId: string, amount: string) =>
    credits.deposits.record(operatorCaller(operator), toUser(userId, amount));

  return {
    ...credits,
    committer,
    openCommitter,
    channelId,
    processId,
    addProcess,
    setPrice,
    sell,

    /** A user with so many Credits. */
    async addCaller(amount: string): Promise<string> {
      const userId = await credits.addUser();
      await deposit(userId, amount);
      return userId;
    },
    deposit,

    async addKey(userId: string, spendCap: string | null = null): Promise<string> {
      const id = newId();
      await db('api_keys').insert({
        id,
        user_id: userId,
        name: 'test',
        secret_hash: Buffer.from(id.replaceAll('-', '').repeat(2), 'hex'),
        hint: 'lx_test',
        scopes: ['relay'],
        spend_cap: spendCap === null ? null : parseAmount(spendCap),
      });
      return id;
    },

    /** Reserves a call that asks for so many tokens of output, with no input. */
    reserve(userId: string, tokens: number, over: Partial<ReserveInput> = {}, by = committer) {
      const input: ReserveInput = {
        callId: newId(),
        userId,
        keyId: null,
        processId,
        endpoint: 'chat/completions',
        modelId,
        priceVersionHint: priceVersionId(modelId, 1),
        textTokens: 0,
        images: 0,
        choices: 1,
        askedOutput: { tokens, field: 'max_tokens' },
        ...over,
      };
      return by
        .submit(reserveCall, input, { actor: userId })
        .then(({ result }) => ({ ...result, input }));
    },

    settle(
      { input, version }: { input: ReserveInput; version: { id: string } },
      outputTokens: number,
      over: Partial<SettleInput> = {},
      by = committer,
    ) {
      return by
        .submit(
          settleCall,
          {
            callId: input.callId,
            userId: input.userId,
            keyId: input.keyId,
            modelId,
            priceVersionId: version.id,
            wars: hintAt(Date.now(), defaultWindows),
            channelId,
            usage: { input: 0, cachedInput: 0, cacheWrite: 0, output: outputTokens },
            tokenSource: 'upstream',
            ending: 'completed',
            latencyMs: 1,
            ttftMs: 1,
            ...over,
          },
          { actor: input.userId },
        )
        .then(({ result }) => result);
    },

    stake: (userId: string, lco: string) =>
      committer.submit(stake, { userId, amount: parseAmount(lco) }, { actor: 'test' }),

    sweep: () => sweepReservations(db, committer),

    async lcoOf(userId: string, purpose: 'available' | 'staked' = 'available'): Promise<string> {
      const rows = await credits.balances.of(userId);
      return rows.find(({ asset }) => asset === 'LCO')?.[purpose] ?? 'none';
    },

    async revenue(): Promise<string> {
      return credits.platformCredits('revenue');
    },

    /** Base units of LCO that the platform minted. */
    async mintBalance(): Promise<bigint> {
      const row = await db('accounts')
        .first<{ balance: bigint } | undefined>('balance')
        .where('key', platformAccount('mint', 'LCO').key);
      return row?.balance ?? 0n;
    },

    /** Proves the books, then drops everything. */
    async close() {
      await Promise.all(committers.map((each) => each.close()));
      await credits.close();
    },
  };
}
