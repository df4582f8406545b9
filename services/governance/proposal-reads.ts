// Proposals as everybody reads them (DESIGN 2.11 and 6): with names instead of ids, the tally of this moment or of the
// count, and every vote with what it weighs.
import type { Knex } from 'knex';
import {
  countBallots,
  weightOf,
  type ProposalStatus,
  type Tally,
  type VoteChoice,
} from '../../domain/governance';
import { formatAmount } from '../../domain/money';
import { isoTime } from '../../domain/time';
import { readPage, type Page, type PageRequest } from '../pages';
import { selectBallots, type CastBallot } from './ballots';
import { proposalNotFound } from './proposal-progress';
import { proposalColumns, voterIdOf, type ProposalRow } from './proposal-rows';
import { presentProposal, presentTally, type Proposal, type TallyView } from './proposal-views';

/** People by handle. */
export interface PublicProposal extends Omit<Proposal, 'proposerId' | 'veto'> {
  readonly text: string;
  readonly proposer: string;
  readonly veto: { readonly operator: string; readonly reason: string } | null;
  /** Of the count, or of this moment before it. */
  readonly tally: TallyView;
}

/** LCO. */
export interface PublicVote {
  readonly handle: string;
  readonly choice: VoteChoice;
  readonly castAt: string;
  readonly weight: string;
  readonly snapshotStake: string;
}

export interface ProposalDetails {
  readonly proposal: PublicProposal;
  readonly votes: readonly PublicVote[];
}

/** What a user is to a proposal. */
export interface OwnVote {
  /** LCO in the snapshot, the most that a vote can weigh; 0: may not vote. */
  readonly snapshotStake: string;
  readonly choice: VoteChoice | null;
  readonly castAt: string | null;
}

type NamedRow = ProposalRow & { readonly proposer: string; readonly operator: string | null };

function named(db: Knex) {
  return db({ p: 'proposals' })
    .join({ u: 'users' }, 'u.id', 'p.proposer_id')
    .leftJoin({ o: 'users' }, 'o.id', 'p.vetoed_by')
    .select({ ...proposalColumns, proposer: 'u.handle', operator: 'o.handle' });
}

export function tallyOf(row: ProposalRow, ballots: readonly CastBallot[]): Tally {
  const { forWeight, againstWeight, abstainWeight, voters } = row;
  return forWeight === null || againstWeight === null || abstainWeight === null || voters === null
    ? countBallots(ballots)
    : { for: forWeight, against: againstWeight, abstain: abstainWeight, voters };
}

function presentNamed(row: NamedRow, ballots: readonly CastBallot[]): PublicProposal {
  const { proposerId: _, veto, ...proposal } = presentProposal(row);
  return {
    ...proposal,
    text: row.text,
    proposer: row.proposer,
    veto: veto && { operator: row.operator ?? '', reason: veto.reason },
    tally: presentTally(tallyOf(row, ballots), row),
  };
}

/** @throws DomainError PROPOSAL_NOT_FOUND */
export async function readProposalRow(db: Knex, proposalId: string): Promise<NamedRow> {
  const row = (await named(db).where('p.id', proposalId).first()) as NamedRow | undefined;
  if (!row) throw proposalNotFound();
  return row;
}

/** Newest first. */
export async function listProposals(
  db: Knex,
  { status }: { readonly status?: ProposalStatus | undefined },
  page: PageRequest,
): Promise<Page<PublicProposal>> {
  const query = named(db);
  if (status) void query.where('p.status', status);
  const { items, nextCursor } = await readPage<NamedRow>(query, page, [
    { column: 'p.created_at', type: 'time', of: ({ createdAt }) => createdAt },
    { column: 'p.id', type: 'uuid', of: ({ id }) => id },
  ]);
  const uncounted = items.filter(({ countedAt, votes }) => countedAt === null && votes > 0);
  const ballots = await selectBallots(
    db,
    uncounted.map(({ id }) => id),
  );
  return {
    items: items.map((row) =>
      presentNamed(
        row,
        ballots.filter(({ proposalId }) => proposalId === row.id),
      ),
    ),
    nextCursor,
  };
}

/** @throws DomainError PROPOSAL_NOT_FOUND */
export async function readDetails(db: Knex, proposalId: string): Promise<ProposalDetails> {
  const row = await readProposalRow(db, proposalId);
  const ballots = await selectBallots(db, [proposalId]);
  return {
    proposal: presentNamed(row, ballots),
    votes: ballots.map((ballot) => ({
      handle: ballot.handle,
      choice: ballot.choice,
      castAt: isoTime(ballot.castAt),
      weight: formatAmount(weightOf(ballot)),
      snapshotStake: formatAmount(ballot.snapshotStake),
    })),
  };
}

export async function readOwnVote(db: Knex, proposalId: string, userId: string): Promise<OwnVote> {
  const row = await db({ w: 'proposal_voters' })
    .leftJoin({ v: 'proposal_votes' }, 'v.id', 'w.id')
    .where('w.id', voterIdOf(proposalId, userId))
    .first<{ stake: bigint; choice: VoteChoice | null; castAt: number | null } | undefined>({
      stake: 'w.stake',
      choice: 'v.choice',
      castAt: 'v.cast_at',
    });
  return {
    snapshotStake: formatAmount(row?.stake ?? 0n),
    choice: row?.choice ?? null,
    castAt: row?.castAt ? isoTime(row.castAt) : null,
  };
}
