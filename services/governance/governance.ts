// Governance (whitepaper 5, DESIGN 2.11): what the API asks of it, and the steps that a proposal's workflow takes, each of
// them one commit that happens once.
import type { Knex } from 'knex';
import { assert } from '../../domain/errors';
import type { ProposalStatus, VoteChoice } from '../../domain/governance';
import type { Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { nowMsSql } from '../database-clock';
import { originOfDecision } from '../decision-origin';
import { originOf, type Caller } from '../identity/caller';
import type { Page, PageRequest } from '../pages';
import { selectBallots } from './ballots';
import { progressOf, type ProposalProgress } from './proposal-progress';
import {
  listProposals,
  readDetails,
  readOwnVote,
  readProposalRow,
  tallyOf,
  type OwnVote,
  type ProposalDetails,
  type PublicProposal,
} from './proposal-reads';
import type { GovernanceWindows, ProposalRow } from './proposal-rows';
import { presentTally, type TallyView } from './proposal-views';
import { propose, type ProposalRequest, type WrittenProposal } from './propose';
import { countVotes, executeProposal, openVoting } from './steps';
import { vetoProposal, type Veto } from './veto';
import { castVote, type VoteOutcome } from './vote';

/** What a step of a proposal's workflow is answered with: with the tally, for people who look at it. */
export interface ProposalStanding extends ProposalProgress {
  readonly tally: TallyView;
}

export interface Governance {
  /** @throws DomainError as `propose` does */
  propose(
    caller: Caller,
    request: ProposalRequest,
  ): Promise<{ proposal: WrittenProposal; replayed: boolean }>;
  /** @throws DomainError as `castVote` does */
  vote(
    caller: Caller,
    proposalId: string,
    choice: VoteChoice,
  ): Promise<{ vote: VoteOutcome; replayed: boolean }>;
  /** Newest first. */
  list(
    filter: { readonly status?: ProposalStatus | undefined },
    page: PageRequest,
  ): Promise<Page<PublicProposal>>;
  /** @throws DomainError PROPOSAL_NOT_FOUND */
  get(proposalId: string): Promise<ProposalDetails>;
  ownVote(proposalId: string, userId: string): Promise<OwnVote>;

  read(proposalId: string): Promise<ProposalStanding>;
  /** Each step, asked for again or too early, changes nothing and says what comes next. */
  open(proposalId: string): Promise<ProposalStanding>;
  count(proposalId: string): Promise<ProposalStanding>;
  execute(proposalId: string): Promise<ProposalStanding>;
  /** @throws DomainError as `vetoProposal` does */
  veto(act: Veto): Promise<ProposalStanding>;
}

interface GovernanceOptions {
  readonly db: Knex;
  readonly committer: Committer;
  /** Each proposal keeps those of its creation. */
  readonly windows: GovernanceWindows;
}

export function createGovernance({ db, committer, windows }: GovernanceOptions): Governance {
  async function withTally(progress: ProposalProgress): Promise<ProposalStanding> {
    const { id } = progress.proposal;
    const row = await readProposalRow(db, id);
    return { ...progress, tally: presentTally(tallyOf(row, await selectBallots(db, [id])), row) };
  }

  async function step<Input>(
    proposalId: string,
    command: Command<Input, ProposalProgress>,
    inputOf: (row: ProposalRow) => Input,
  ): Promise<ProposalStanding> {
    // What the keys take of the row never changes.
    const input = inputOf(await readProposalRow(db, proposalId));
    const origin = { actor: 'governance', requestId: `proposal:${proposalId}` };
    return withTally((await committer.submit(command, input, origin)).result);
  }

  const subjectOf = ({ id, proposerId }: ProposalRow) => ({ proposalId: id, proposerId });

  return {
    async propose(caller, request) {
      assert(caller.idempotency, 'a proposal has an idempotency key');
      const { userId, idempotency } = caller;
      const input = { ...request, userId, idempotencyKey: idempotency.key, windows };
      const { result, replayed } = await committer.submit(propose, input, originOf(caller));
      return { proposal: result, replayed };
    },

    async vote(caller, proposalId, choice) {
      assert(caller.idempotency, 'a vote has an idempotency key');
      const input = { proposalId, userId: caller.userId, choice };
      const { result, replayed } = await committer.submit(castVote, input, originOf(caller));
      return { vote: result, replayed };
    },

    list: (filter, page) => listProposals(db, filter, page),
    get: (proposalId) => readDetails(db, proposalId),
    ownVote: (proposalId, userId) => readOwnVote(db, proposalId, userId),

    async read(proposalId) {
      const { rows } = await db.raw<{ rows: [{ now: bigint }] }>(`select ${nowMsSql} as now`);
      const row = await readProposalRow(db, proposalId);
      return withTally(progressOf(Number(rows[0].now), row));
    },
    open: (proposalId) => step(proposalId, openVoting, subjectOf),
    count: (proposalId) => step(proposalId, countVotes, subjectOf),
    execute: (proposalId) =>
      step(proposalId, executeProposal, (row) => {
        assert(row.parameter !== null, 'only a parameter is changed by execution');
        return { ...subjectOf(row), parameter: row.parameter };
      }),

    async veto(act) {
      const { proposalId, reason } = act;
      const { proposerId } = await readProposalRow(db, proposalId);
      const origin = originOfDecision(vetoProposal.kind, proposalId, act, reason);
      const { result } = await committer.submit(vetoProposal, { ...act, proposerId }, origin);
      return withTally(result);
    },
  };
}
