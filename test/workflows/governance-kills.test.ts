// kill -9 of the worker at every stage of a proposal (DESIGN 2.11 and 8): it goes on, is counted and executed once, and
// nothing that was voted is lost.
import type { ProposalStatus } from '../../domain/governance';
import type { ProposalStanding } from '../../services/governance/governance';
import { tallyQuery } from '../../workflows/governance-proposal';
import { createCommitGate, type CommitGate } from './commit-gate';
import { createGovernanceWorld, feeOf, type GovernanceWorld } from './governance-world';
import { eventually, expectStatus, startWorkerProcess, type WorkerProcess } from './support';

jest.setTimeout(180_000);

describe('a worker killed in the middle of a proposal', () => {
  let world: GovernanceWorld;
  let worker: WorkerProcess;
  /** Stops the worker's commit where the test wants it. */
  let gate: CommitGate;
  let value = 10;

  beforeAll(async () => {
    world = await createGovernanceWorld({
      governancePending: '500ms',
      governanceActive: '3s',
      governanceExtension: '0s',
      governanceQueued: '1s',
      governanceExpiry: '120s',
    });
    gate = await createCommitGate(world.context.db, world.config.databaseUrl);
    worker = await start();
  });
  beforeEach(() => {
    value++;
  });
  afterAll(async () => {
    expect(await worker.end()).toBe(0);
    await gate.end();
    await world.close();
  });

  const start = () => startWorkerProcess(world.config);
  const propose = () => world.propose(feeOf(value));
  const voteAll = (id: string) => world.voteAll(id, 'for', 'for', 'for');

  async function restart(): Promise<void> {
    await worker.kill();
    worker = await start();
  }

  const is = (id: string, wanted: ProposalStatus) =>
    world.reaches(id, ({ status }) => status === wanted, 60_000);
  const statusOf = async (id: string) =>
    (await world.context.services.governance.get(id)).proposal.status;

  /** The worker has shown it, and has nothing under way: whoever comes next goes on at once. */
  const isShown = (id: string, isThere: (standing: ProposalStanding) => boolean) =>
    eventually(async () => {
      const shown = await world.handleOf(id).query(tallyQuery);
      return shown !== null && isThere(shown);
    });

  /** The commit that gives it this status waits. */
  const stopAt = (id: string, status: ProposalStatus) =>
    gate.close(
      'proposals',
      `new.id = '${id}' and new.status = '${status}' and old.status <> new.status`,
    );

  /** The one before the worker's commit, which is undone. */
  async function killBefore(id: string, status: ProposalStatus): Promise<void> {
    await gate.reached();
    const before = await statusOf(id);
    await worker.kill();
    await gate.undo('proposals');
    expect(before).not.toBe(status);
    expect(await statusOf(id)).toBe(before);
  }

  /** After it, and before the worker could say so. */
  async function killAfter(id: string, status: ProposalStatus): Promise<void> {
    await gate.reached();
    await worker.kill();
    await gate.open('proposals');
    await is(id, status);
  }

  /** Executed once, by the votes that were cast. */
  async function isExecutedOnce(id: string): Promise<void> {
    expect(await is(id, 'executed')).toMatchObject({ tally: { for: '300000', voters: 3 } });
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ id, status: 'executed' });
    expect(await world.valueOf('exchange.takerFeeBps')).toBe(value);
    const changes = await world.context.db('parameter_history').where('source', `proposal/${id}`);
    expect(changes).toHaveLength(1);
  }

  it('before the commit that opens voting, and before the one that counts the votes', async () => {
    const id = await propose();
    await stopAt(id, 'active');
    await killBefore(id, 'active');
    await voteAll(id);
    await stopAt(id, 'queued');
    worker = await start();
    await killBefore(id, 'queued');
    worker = await start();
    await isExecutedOnce(id);
  });

  it('after the commit that opens voting, and after the one of the count', async () => {
    const id = await propose();
    await stopAt(id, 'active');
    await killAfter(id, 'active');
    await voteAll(id);
    await stopAt(id, 'queued');
    worker = await start();
    await killAfter(id, 'queued');
    worker = await start();
    await isExecutedOnce(id);
  });

  it('before and after the commit of the execution', async () => {
    const id = await propose();
    await voteAll(id);
    await stopAt(id, 'executed');
    await killBefore(id, 'executed');
    await stopAt(id, 'executed');
    worker = await start();
    await killAfter(id, 'executed');
    worker = await start();
    await isExecutedOnce(id);
  });

  it('while Whales vote, and while it waits to be executed', async () => {
    // Time to find it waiting.
    const id = await world.proposeWith({ governanceQueued: 5_000 }, feeOf(value));
    await world.voteAll(id, 'for');
    await isShown(id, ({ tally }) => tally.voters === 1);
    await worker.kill();
    for (const whale of world.whales.slice(1, 3)) {
      expectStatus(await world.vote(id, whale, 'for'), 201);
    }
    worker = await start();
    await isShown(id, ({ proposal }) => proposal.status === 'queued');
    await worker.kill();
    const { queuedUntil } = await is(id, 'queued');
    await eventually(() => Promise.resolve(Date.parse(queuedUntil ?? '') < Date.now()));
    worker = await start();
    await isExecutedOnce(id);
  });

  it('while it is pending and an operator vetoes, who gets an answer', async () => {
    const id = await propose();
    await isShown(id, () => true);
    await worker.kill();
    const veto = world.veto(id);
    worker = await start();
    expectStatus(await veto, 200);
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'vetoed' });
  });

  it('between the outbox and the start of the workflow, and then again and again', async () => {
    // Stopped, it hears of the proposal but cannot tell of it any more.
    worker.child.kill('SIGSTOP');
    const id = await propose();
    await voteAll(id);
    await restart();
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await restart();
    }
    await isExecutedOnce(id);
  });
});
