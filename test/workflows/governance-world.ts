// Whales on a whole small product: LCO mined by calls through the official SDK, staked by HTTP, and proposals with short
// windows on a Temporal namespace of their own.
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { ProposalKind, VoteChoice } from '../../domain/governance';
import { createGovernance } from '../../services/governance/governance';
import type { ProposalDetails, PublicProposal } from '../../services/governance/proposal-reads';
import type { GovernanceWindows } from '../../services/governance/proposal-rows';
import type { Answer, SignedUp } from '../api/harness';
import { prices } from '../catalog/support';
import { callerOf } from '../credits/world';
import { createRelayWorld, hello, modelId, type CallerWithKey } from '../relay/relay-world';
import { testEngines } from '../support/engines';
import { pacedWindows } from '../support/pace';
import { eventually, expectStatus, newKey } from './support';

export type GovernanceTestWindows = Readonly<
  Record<
    | 'governancePending'
    | 'governanceActive'
    | 'governanceExtension'
    | 'governanceQueued'
    | 'governanceExpiry',
    string
  >
>;

export type GovernanceWorld = Awaited<ReturnType<typeof createGovernanceWorld>>;

/** What is posted. */
interface ProposalBody {
  readonly kind: ProposalKind;
  readonly title: string;
  readonly text: string;
  readonly parameter?: string;
  readonly value?: unknown;
}

export const aText: ProposalBody = {
  kind: 'text',
  title: 'Friday at noon',
  text: 'Let it\nbegin at noon.',
};
export const feeOf = (value: number): ProposalBody => ({
  kind: 'parameter',
  title: 'Another fee',
  text: 'For the treasury.',
  parameter: 'exchange.takerFeeBps',
  value,
});

/** Four Whales of 100,000 LCO each, and an operator. */
export async function createGovernanceWorld(
  windows: GovernanceTestWindows,
  temporalAddress?: string,
) {
  const address = temporalAddress ?? testEngines().temporal.address;
  const namespace = `lx-${randomBytes(6).toString('hex')}`;
  const relay = await createRelayWorld({
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      WINDOWS: pacedWindows(windows),
      OPS_FOUR_EYES_ABOVE: '1000000',
    },
  });
  const { api, context } = relay;
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection, namespace });
  const operator = await api.appoint();

  const post = (path: string, by: SignedUp, body: unknown, key = newKey()): Promise<Answer> =>
    api.send('POST', path, { key: by.key, body, headers: { 'idempotency-key': key } });

  /** One call of 10,000 Credits mines 100,000 LCO. */
  async function addWhale(): Promise<CallerWithKey> {
    const whale = await relay.addCaller('10001');
    await whale.openai.chat.completions.create({
      model: modelId,
      messages: hello,
      max_tokens: 10_000,
    });
    expectStatus(await post('/staking/stakes', whale, { amount: '100000' }), 201);
    return whale;
  }

  relay.mock.behave('*', { reportedInputTokens: 0, reportedOutputTokens: 10_000 });
  const dear = { list: prices('0', '0', '1000000'), cost: prices('0', '0', '600000') };
  await relay.setPrice({ modelId, ...dear });
  const whales = [await addWhale(), await addWhale(), await addWhale(), await addWhale()] as const;

  return {
    ...relay,
    config: context.config,
    temporal,
    operator,
    whales,
    post,
    handleOf: (id: string) => temporal.workflow.getHandle(`proposal/${id}`),

    async propose(body: unknown, by: SignedUp = whales[0]): Promise<string> {
      const answer = expectStatus(await post('/governance/proposals', by, body), 201);
      return answer.as<{ proposal: { id: string } }>().proposal.id;
    },

    /** As an API with other windows would, in milliseconds. */
    async proposeWith(windows: Partial<GovernanceWindows>, body: ProposalBody): Promise<string> {
      const { db, committer, config } = context;
      const all = { ...config.windows, ...windows };
      const governance = createGovernance({ db, committer, windows: all });
      const { kind, title, text, parameter, value } = body;
      const change = parameter === undefined ? null : { parameter, value };
      const request = { kind, title, text, change };
      return (await governance.propose(callerOf(whales[0].id), request)).proposal.id;
    },

    vote: (id: string, by: SignedUp, choice: VoteChoice, key = newKey()): Promise<Answer> =>
      post(`/governance/proposals/${id}/votes`, by, { choice }, key),

    /** As soon as votes are taken. */
    async voteAll(id: string, ...choices: VoteChoice[]): Promise<void> {
      for (const [i, choice] of choices.entries()) {
        const whale = whales[i] ?? whales[0];
        await eventually(async () => {
          const answer = await post(`/governance/proposals/${id}/votes`, whale, { choice });
          return answer.status === 201;
        });
      }
    },

    veto: (id: string, by: SignedUp = operator, key = newKey()): Promise<Answer> =>
      post(`/admin/governance/proposals/${id}/veto`, by, { reason: 'Against the law' }, key),

    async read(id: string, key?: string) {
      const answer = await api.send(
        'GET',
        `/governance/proposals/${id}`,
        key === undefined ? {} : { key },
      );
      return expectStatus(answer, 200).as<ProposalDetails & { own: unknown }>();
    },

    /** By the service: as often as this asks, HTTP would refuse. */
    reaches: (id: string, isThere: (proposal: PublicProposal) => boolean, timeoutMs = 120_000) =>
      eventually(async () => {
        const { proposal } = await context.services.governance.get(id);
        return isThere(proposal) && proposal;
      }, timeoutMs),

    async valueOf(name: string): Promise<unknown> {
      const entries = await context.services.parameters.list();
      return entries.find((entry) => entry.name === name)?.value;
    },

    /** Proves the books, too. */
    async close() {
      try {
        await relay.untilIdle();
        await relay.assertBooksBalance();
      } finally {
        await connection.close();
        await relay.close();
      }
    },
  };
}
