// kill -9 of the worker at every stage of a proposal (DESIGN 2.11 and 8): it goes on, is counted and executed once, and
// nothing that was voted is lost.
import type { ProposalStatus } from '../../domain/governance';
import type { ProposalStanding } from '../../services/governance/governance';
import { tallyQuery } from '../../workflows/governance-proposal';
import { paced } from '../support/pace';
import { liveApart } from './at-once';
import { createGovernanceWorld, feeOf } from './governance-world';
import { createMortalWorker, type Kill } from './mortal-worker';
import { eventually, expectStatus } from './support';

/** A worker that is killed, on a product of its own. */
async function createVictim() {
  const world = await createGovernanceWorld({
    governancePending: '500ms',
    governanceActive: '3s',
    governanceExtension: '0s',
    governanceQueued: '1s',
    governanceExpiry: '120s',
  });
  const { db } = world.context;
  const worker = await createMortalWorker(world.config, db);
  await worker.start();
  /** Another for each proposal. */
  let value = 10;

  const is = (id: string, wanted: ProposalStatus) =>
    world.reaches(id, ({ status }) => status === wanted, 60_000);

  return {
    ...world,
    worker,
    is,
    /** To be executed. */
    nextFee: () => feeOf(++value),
    propose: () => world.propose(feeOf(++value)),
    /** With time to vote after a kill. */
    proposeLonger: () => world.proposeWith({ governanceActive: paced(6_000) }, feeOf(++value)),
    /** For it, as soon as votes are taken. */
    voteFor: (id: string, whales = 3) =>
      world.voteAll(id, ...Array.from({ length: whales }, () => 'for' as const)),
    /** At the commit that gives it this status. */
    dies: (kill: Kill, id: string, status: ProposalStatus) =>
      worker[kill](worker.becomes('proposals', id, status)),

    /** The worker has shown it, and has nothing under way: whoever comes next goes on at once. */
    isShown: (id: string, isThere: (standing: ProposalStanding) => boolean) =>
      eventually(async () => {
        const shown = await world.handleOf(id).query(tallyQuery);
        return shown !== null && isThere(shown);
      }),

    /** The last proposal was, once, by the votes that were cast. */
    async isExecutedOnce(id: string): Promise<void> {
      expect(await is(id, 'executed')).toMatchObject({ tally: { for: '300000', voters: 3 } });
      await expect(world.handleOf(id).result()).resolves.toMatchObject({ id, status: 'executed' });
      expect(await world.valueOf('exchange.takerFeeBps')).toBe(value);
      const changes = await db('parameter_history').where('source', `proposal/${id}`);
      expect(changes).toHaveLength(1);
    },

    async close(): Promise<void> {
      await worker.end();
      await world.close();
    },
  };
}
type Victim = Awaited<ReturnType<typeof createVictim>>;

describe('a worker killed in the middle of a proposal', () => {
  liveApart<Victim>(3, createVictim, {
    async 'before and after the commit of the execution'(victim) {
      const id = await victim.propose();
      await victim.voteFor(id);
      await victim.dies('killBefore', id, 'executed');
      await victim.dies('killAfter', id, 'executed');
      await victim.worker.start();
      await victim.isExecutedOnce(id);
    },

    async 'before the commit that opens voting, and before the one that counts the votes'(victim) {
      const id = await victim.proposeLonger();
      await victim.dies('killBefore', id, 'active');
      await victim.voteFor(id);
      await victim.dies('killBefore', id, 'queued');
      await victim.worker.start();
      await victim.isExecutedOnce(id);
    },

    async 'after the commit that opens voting, and after the one of the count'(victim) {
      const id = await victim.proposeLonger();
      await victim.dies('killAfter', id, 'active');
      await victim.voteFor(id);
      await victim.dies('killAfter', id, 'queued');
      await victim.worker.start();
      await victim.isExecutedOnce(id);
    },

    async 'while Whales vote, and while it waits to be executed'(victim) {
      // Time to find it waiting.
      const id = await victim.proposeWith({ governanceQueued: paced(5_000) }, victim.nextFee());
      await victim.voteFor(id, 1);
      await victim.isShown(id, ({ tally }) => tally.voters === 1);
      await victim.worker.kill();
      for (const whale of victim.whales.slice(1, 3)) {
        expectStatus(await victim.vote(id, whale, 'for'), 201);
      }
      await victim.worker.start();
      await victim.isShown(id, ({ proposal }) => proposal.status === 'queued');
      await victim.worker.kill();
      const { queuedUntil } = await victim.is(id, 'queued');
      await eventually(() => Promise.resolve(Date.parse(queuedUntil ?? '') < Date.now()));
      await victim.worker.start();
      await victim.isExecutedOnce(id);
    },

    async 'between the outbox and the start of the workflow, and then again and again'(victim) {
      // Stopped, it hears of the proposal but cannot tell of it any more.
      victim.worker.suspend();
      const id = await victim.propose();
      await victim.voteFor(id);
      await victim.worker.restart();
      await victim.worker.restartOften(3, 700);
      await victim.isExecutedOnce(id);
    },

    async 'while it is pending and an operator vetoes, who gets an answer'(victim) {
      const id = await victim.propose();
      await victim.isShown(id, () => true);
      await victim.worker.kill();
      const veto = victim.veto(id);
      await victim.worker.start();
      expectStatus(await veto, 200);
      await expect(victim.handleOf(id).result()).resolves.toMatchObject({ status: 'vetoed' });
    },
  });
});
