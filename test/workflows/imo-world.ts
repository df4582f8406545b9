// Short IMOs on a whole small product: the relay with the mock behind it, a scarce model, stakers who mined their LCO by
// calls, and operators. When an IMO closes and expires stands in its announcement, a second or two ahead.
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { APIError } from 'openai';
import type { ModelAccess } from '../../services/catalog/models';
import type { Imo, Subscription } from '../../services/imos/imo-views';
import type { SignedUp } from '../api/harness';
import { prices } from '../catalog/support';
import {
  createRelayWorld,
  hello,
  modelId,
  type CallerWithKey,
  type Receipt,
} from '../relay/relay-world';
import { testEngines } from '../support/engines';
import { paced } from '../support/pace';
import { eventually, expectStatus, newKey } from './support';

export const scarceId = 'scarce';
/** What a call takes as input. */
export const inputTokens = 8;

/** An announcement, its times from now on. */
export interface Announcement {
  readonly quota?: number;
  readonly opensInMs?: number;
  readonly closesInMs?: number;
  readonly expiresInMs?: number;
  readonly capPerUser?: number;
  readonly minParticipants?: number;
  readonly minLocked?: string;
}

export interface ScarceReceipt extends Receipt {
  readonly imo: { readonly id: string; readonly used: number } | null;
}

export type ImoWorld = Awaited<ReturnType<typeof createImoWorld>>;

export async function createImoWorld(temporalAddress?: string) {
  const address = temporalAddress ?? testEngines().temporal.address;
  const namespace = `lx-${randomBytes(6).toString('hex')}`;
  const relay = await createRelayWorld({
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      OPS_FOUR_EYES_ABOVE: '1000000',
    },
  });
  const { api, context } = relay;
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection, namespace });
  const operator = await api.appoint();
  // A token of output is a Credit, which mines ten LCO at first.
  const dear = { list: prices('0', '0', '1000000'), cost: prices('0', '0', '500000') };
  await relay.setPrice({ modelId, ...dear });
  const setAccess = (access: ModelAccess) => relay.setPrice({ modelId: scarceId, access });
  await setAccess('imo');
  const offer = { modelId: scarceId, upstreamId: 'mock-mini', cost: null };
  await relay.addChannel('scarce', relay.mock.baseUrl, { offers: [offer] });

  const post = (path: string, key: string, body?: unknown, idempotencyKey = newKey()) =>
    api.send('POST', path, { key, body, headers: { 'idempotency-key': idempotencyKey } });

  async function subscriptionOf(id: string, { key }: SignedUp): Promise<Subscription> {
    const answer = await api.send('GET', `/imos/${id}/allocation`, { key });
    return expectStatus(answer, 200).as<{ subscription: Subscription }>().subscription;
  }

  async function callOf(user: CallerWithKey, maxTokens: number, requestId: string | null) {
    if (requestId === null) throw new Error(`a call of ${maxTokens} tokens has no id`);
    const answer = await api.send('GET', `/usage/${requestId}`, { key: user.key });
    return expectStatus(answer, 200).as<ScarceReceipt>();
  }

  const request = (maxTokens: number) => ({
    model: scarceId,
    messages: hello,
    max_tokens: maxTokens,
  });

  return {
    ...relay,
    config: context.config,
    temporal,
    operator,
    setAccess,
    post,
    subscriptionOf,
    handleOf: (id: string) => temporal.workflow.getHandle(`imo/${id}`),

    /** A user who has mined and staked so many LCO, has so many to lock, and some Credits. */
    async addHolder(staked: number, free: number): Promise<CallerWithKey> {
      const tokens = (staked + free) / 10;
      const user = await relay.addCaller(String(tokens + 10));
      relay.mock.behaveOnce({ reportedInputTokens: 0, reportedOutputTokens: tokens });
      await user.openai.chat.completions.create({
        model: modelId,
        messages: hello,
        max_tokens: tokens,
      });
      expectStatus(await post('/staking/stakes', user.key, { amount: String(staked) }), 201);
      return user;
    },

    /** Announces over HTTP; its id. */
    async announce(over: Announcement = {}): Promise<string> {
      const { opensInMs = 0, closesInMs = 2_000, expiresInMs = 4_000, ...terms } = over;
      const inMs = (ms: number) => new Date(Date.now() + paced(ms)).toISOString();
      const body = {
        ...{ model: scarceId, quota: 1_000, reason: 'A new model', ...terms },
        ...{ opensAt: inMs(opensInMs), closesAt: inMs(closesInMs), expiresAt: inMs(expiresInMs) },
      };
      const answer = expectStatus(await post('/admin/imos', operator.key, body), 201);
      return answer.as<{ imo: Imo }>().imo.id;
    },

    async subscribe(id: string, { key }: SignedUp, amount: string): Promise<Subscription> {
      const answer = await post(`/imos/${id}/subscriptions`, key, { amount });
      return expectStatus(answer, 201).as<{ subscription: Subscription }>().subscription;
    },

    cancel: (id: string, by: SignedUp = operator, key = newKey()) =>
      post(`/admin/imos/${id}/cancel`, by.key, { reason: 'The upstream withdrew it' }, key),

    /** A call of the scarce model through the official SDK, and its receipt. */
    async call(user: CallerWithKey, maxTokens: number): Promise<ScarceReceipt> {
      const { response } = await user.openai.chat.completions
        .create(request(maxTokens))
        .withResponse();
      return callOf(user, maxTokens, response.headers.get('x-request-id'));
    },

    async stream(user: CallerWithKey, maxTokens: number): Promise<ScarceReceipt> {
      const { data, response } = await user.openai.chat.completions
        .create({ ...request(maxTokens), stream: true })
        .withResponse();
      let chunks = 0;
      for await (const chunk of data) chunks += chunk.choices.length;
      expect(chunks).toBeGreaterThan(0);
      return callOf(user, maxTokens, response.headers.get('x-request-id'));
    },

    /** What the SDK throws, plain or streamed. */
    async refusalOf(user: CallerWithKey, maxTokens = 20, isStreamed = false): Promise<APIError> {
      const error: unknown = await user.openai.chat.completions
        .create({ ...request(maxTokens), stream: isStreamed })
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
      if (!(error instanceof APIError)) throw new Error('the call was answered');
      return error;
    },

    /** By the service: as often as this asks, HTTP would refuse. */
    reaches: (id: string, isThere: (imo: Imo) => boolean, timeoutMs = 120_000) =>
      eventually(async () => {
        const imo = await context.services.imos.get(id);
        return isThere(imo) && imo;
      }, timeoutMs),

    async actionsOn(id: string) {
      const { items } = await context.services.auditLog.list({ subjectId: id }, { limit: 10 });
      return items;
    },

    /** What moved a user's lock. */
    movesOf: (id: string, user: SignedUp) =>
      context
        .db('journal_transfers')
        .where('reference', `${id}/${user.id}`)
        .orderBy('sequence')
        .pluck<string[]>('kind'),

    /** Proves the books, too. */
    async close() {
      await relay.untilIdle();
      await relay.assertBooksBalance();
      await connection.close();
      await relay.close();
    },
  };
}
