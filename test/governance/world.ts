// Whales with LCO that they mined and staked, and proposals that are driven as their workflow drives them, on a clock that
// a test sets.
import { createHash, randomUUID } from 'node:crypto';
import { defaultWindows } from '../../config/windows';
import { parseAmount } from '../../domain/money';
import type { VoteChoice } from '../../domain/governance';
import { Committer } from '../../ledger/committer';
import { newId } from '../../ledger/ids';
import { createGovernance, type ProposalStanding } from '../../services/governance/governance';
import type { GovernanceWindows } from '../../services/governance/proposal-rows';
import type { ProposalRequest } from '../../services/governance/propose';
import type { Veto } from '../../services/governance/veto';
import { projections } from '../../services/projections';
import { createParameters, setParameter } from '../../services/parameters';
import { callerOf } from '../credits/world';
import { createWorld as createStakers } from '../staking/world';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

export const aText: ProposalRequest = {
  kind: 'text',
  title: 'Friday at noon',
  text: 'Let the buyback\nbegin at noon.',
  change: null,
};

export const aChange = (value: unknown = 20, parameter = 'exchange.takerFeeBps') =>
  ({
    kind: 'parameter',
    title: 'Another fee',
    text: 'For the treasury.',
    change: { parameter, value },
  }) satisfies ProposalRequest;

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld(windows: GovernanceWindows = defaultWindows) {
  const stakers = await createStakers();
  const { db, database } = stakers;
  let now = Date.now() + hourMs;
  const committers: Committer[] = [];
  const openCommitter = () => {
    const committer = new Committer({
      databaseUrl: database.url,
      applicationName: 'lx-test-governance',
      projections,
      clock: () => now,
    });
    committers.push(committer);
    return committer;
  };
  const committer = openCommitter();
  const governanceOf = (by: Committer) => createGovernance({ db, committer: by, windows });
  const governance = governanceOf(committer);
  const staking = stakers.stakingOf(committer);
  const operator = await stakers.addUser('operator');

  function caller(userId: string, body: string, key: string = randomUUID()) {
    const fingerprint = createHash('sha256').update(body).digest();
    return { ...callerOf(userId), idempotency: { key, fingerprint } };
  }

  return {
    ...stakers,
    committer,
    openCommitter,
    governance,
    governanceOf,
    operator,
    parameters: createParameters(db),

    now: () => now,
    setNow(at: number): void {
      now = at;
    },
    pass(ms: number): void {
      now += ms;
    },

    /** A user with so many LCO, of which some are staked. */
    async addWhale(staked = '100000', mined = staked): Promise<string> {
      const userId = await stakers.addTrader('1', mined);
      await staking.stake(callerOf(userId), parseAmount(staked));
      return userId;
    },
    stakeMore: (userId: string, lco: string, by = committer) =>
      stakers.stakingOf(by).stake(callerOf(userId), parseAmount(lco)),
    unstake: (userId: string, lco: string, by = committer) =>
      stakers.stakingOf(by).unstake(callerOf(userId), parseAmount(lco)),

    async propose(userId: string, request: ProposalRequest = aText, by = governance, key?: string) {
      return (await by.propose(caller(userId, JSON.stringify(request), key), request)).proposal;
    },

    async vote(
      userId: string,
      proposalId: string,
      choice: VoteChoice,
      by = governance,
      key?: string,
    ) {
      return (await by.vote(caller(userId, proposalId + choice, key), proposalId, choice)).vote;
    },

    vetoOf: (proposalId: string, over: Partial<Veto> = {}): Veto => ({
      proposalId,
      operatorId: operator,
      reason: 'Against the law',
      decisionKey: newId(),
      requestId: newId(),
      ...over,
    }),

    /** Takes the steps that are due until one has to wait. */
    async advance(proposalId: string, by = governance): Promise<ProposalStanding> {
      for (;;) {
        const before = await by.read(proposalId);
        const { kind } = before.next;
        if (kind === 'nothing') return before;
        const after = await by[kind](proposalId);
        if (after.revision === before.revision) return after;
      }
    },

    /** Changes a parameter as an executed proposal of somebody else would. */
    async setParameter(name: string, value: unknown, expectedVersion = 1): Promise<void> {
      const change = { name, value, expectedVersion, source: 'test', reason: null };
      await committer.submit(setParameter, change, { actor: 'test' });
    },

    async valueOf(name: string): Promise<unknown> {
      const entries = await createParameters(db).list();
      return entries.find((entry) => entry.name === name)?.value;
    },

    async close() {
      await Promise.all(committers.map((each) => each.close()));
      await stakers.close();
    },
  };
}
