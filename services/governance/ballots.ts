// What a proposal's votes weigh (DESIGN 2.11): the smaller of the snapshot's stake and of what was staked after the last
// batch before voting closed, read off the journal, so that a count that comes late counts the same.
import type { Knex } from 'knex';
import { assert } from '../../domain/errors';
import type { Ballot, VoteChoice } from '../../domain/governance';
import type { View } from '../../ledger/command';
import { balanceAfterBatchSql, lastBatchBeforeSql } from '../../ledger/past-balance';
import { defineLookup } from '../../ledger/table';

/**
 * Selects, for the table of proposals as `p`, its votes with what their voters had staked when it closed, or ended before
 * that: of one that has not, at this moment.
 */
export const ballotsSql = /* sql */ `
  select v.user_id, v.choice, v.number, v.cast_at, w.stake,
    ${balanceAfterBatchSql(`'user/' || v.user_id || '/staked/LCO'`, 'last.batch')} as staked
  from proposal_votes v
  join proposal_voters w on w.id = v.id
  cross join (select ${lastBatchBeforeSql('least(p.closes_at, p.ended_at)')} as batch) last
  where v.proposal_id = p.id`;

interface StoredBallots {
  /** Base units as decimal digits. */
  readonly ballots:
    | readonly { readonly choice: VoteChoice; readonly stake: string; readonly staked: string }[]
    | null;
}

/** Asked for by a batch that is not before the close: every vote, and every stake that counts, is committed then. */
const finalBallots = defineLookup<StoredBallots>({
  name: 'ballots of a proposal',
  keyType: 'uuid',
  sql: /* sql */ `
    select p.id as key, (
      select json_agg(json_build_object('choice', b.choice, 'stake', b.stake::text, 'staked', b.staked::text))
      from (${ballotsSql}) b
    ) as ballots
    from proposals p where p.id = any($1::uuid[])`,
});

export function readFinalBallots(view: View, proposalId: string): Ballot[] {
  const stored = view.row(finalBallots, proposalId);
  assert(stored, 'a proposal that is counted has a row');
  return (stored.ballots ?? []).map(({ choice, stake, staked }) => ({
    choice,
    snapshotStake: BigInt(stake),
    staked: BigInt(staked),
  }));
}

interface StoredVoters {
  readonly voters: readonly { readonly userId: string; readonly stake: string }[] | null;
}

/** The Whales of a proposal's snapshot, which never change. */
const votersOfProposal = defineLookup<StoredVoters>({
  name: 'voters of a proposal',
  keyType: 'uuid',
  sql: /* sql */ `
    select p.id as key, (
      select json_agg(json_build_object('userId', user_id, 'stake', stake::text))
      from proposal_voters where proposal_id = p.id
    ) as voters
    from proposals p where p.id = any($1::uuid[])`,
});

export function readVoters(view: View, proposalId: string) {
  const stored = view.row(votersOfProposal, proposalId)?.voters ?? [];
  return stored.map(({ userId, stake }) => ({ userId, stake: BigInt(stake) }));
}

/** A vote with who cast it. */
export interface CastBallot extends Ballot {
  readonly proposalId: string;
  readonly handle: string;
  readonly castAt: number;
}

/** Of these proposals, each in the order that they were cast in. */
export async function selectBallots(
  db: Knex,
  proposalIds: readonly string[],
): Promise<CastBallot[]> {
  if (proposalIds.length === 0) return [];
  const { rows } = await db.raw<{ rows: CastBallot[] }>(
    /* sql */ `
    select p.id as "proposalId", u.handle, b.choice, b.cast_at as "castAt", b.stake as "snapshotStake", b.staked
    from proposals p cross join lateral (${ballotsSql}) b
    join users u on u.id = b.user_id
    where p.id = any(?::uuid[]) order by p.id, b.number`,
    [[...proposalIds]],
  );
  return rows;
}
