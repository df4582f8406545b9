// A Whale votes (DESIGN 2.11): once, in time by the journal's own time, whether or not a worker runs. The vote that
// makes the quorum reached in the last stretch extends the voting in its own commit.
import { assert, DomainError } from '../../domain/errors';
import { extendsVoting, type Ballot, type VoteChoice } from '../../domain/governance';
import { formatAmount } from '../../domain/money';
import { isoTime, optionalIsoTime } from '../../domain/time';
import { putRow, rowKey, type Command, type View } from '../../ledger/command';
import { requireActiveUser, userStates } from '../identity/user-state';
import { stakeAccounts } from '../staking/stake';
import { readVoters } from './ballots';
import { changed, requireProposal } from './proposal-progress';
import {
  proposalKey,
  proposals,
  proposalVoters,
  proposalVotes,
  termsOf,
  votedMessage,
  voterIdOf,
  type ProposalRow,
} from './proposal-rows';
import { requireWhale } from './propose';

interface CastVoteInput {
  readonly proposalId: string;
  readonly userId: string;
  readonly choice: VoteChoice;
}

export interface VoteOutcome {
  readonly proposalId: string;
  readonly choice: VoteChoice;
  readonly castAt: string;
  /** LCO: the most that it can weigh. */
  readonly snapshotStake: string;
  /** After the vote, which may have extended the voting. */
  readonly closesAt: string;
  readonly extendedAt: string | null;
}

/** @throws DomainError STATE_CONFLICT unless votes are taken at this moment */
function requireVoting(at: number, { status, opensAt, closesAt }: ProposalRow): void {
  if (status !== 'pending' && status !== 'active') {
    throw new DomainError('STATE_CONFLICT', `The proposal is ${status}.`, { status });
  }
  if (at < opensAt) {
    throw new DomainError('STATE_CONFLICT', `Voting opens at ${isoTime(opensAt)}.`);
  }
  if (at >= closesAt) {
    throw new DomainError('STATE_CONFLICT', `Voting closed at ${isoTime(closesAt)}.`);
  }
}

/** The votes so far, with what is staked at this moment. */
function readBallots(view: View, proposalId: string): Ballot[] {
  const voters = readVoters(view, proposalId);
  const votes = view.rows(
    proposalVotes,
    voters.map(({ userId }) => voterIdOf(proposalId, userId)),
  );
  const cast = voters.flatMap(({ userId, stake }, i) => {
    const vote = votes[i];
    return vote ? [{ staked: stakeAccounts(userId).staked, stake, choice: vote.choice }] : [];
  });
  view.expect(
    cast.map(({ staked }) => staked),
    () => [],
  );
  return cast.map(({ staked, stake, choice }) => ({
    choice,
    snapshotStake: stake,
    staked: view.balance(staked),
  }));
}

function isExtendedBy(view: View, proposal: ProposalRow, ballot: Ballot): boolean {
  const voting = {
    closesAt: proposal.closesAt,
    extensionMs: Number(proposal.extensionMs),
    isExtended: proposal.extendedAt !== null,
  };
  const isLate = !voting.isExtended && view.at >= voting.closesAt - voting.extensionMs;
  // Before the last stretch nothing else needs to be read.
  if (!isLate) return false;
  return extendsVoting(view.at, voting, readBallots(view, proposal.id), ballot, termsOf(proposal));
}

/**
 * @throws DomainError USER_FROZEN, PROPOSAL_NOT_FOUND, FORBIDDEN for who is not in the snapshot or no Whale any more,
 * STATE_CONFLICT before voting opens, from its close on, and for a second vote
 */
export const castVote: Command<CastVoteInput, VoteOutcome> = {
  kind: 'cast_vote',
  keys: ({ proposalId, userId }) => ({
    accounts: [stakeAccounts(userId).staked],
    rows: [
      rowKey(userStates, userId),
      proposalKey(proposalId),
      rowKey(proposalVoters, voterIdOf(proposalId, userId)),
      rowKey(proposalVotes, voterIdOf(proposalId, userId)),
    ],
  }),
  decide(view, { proposalId, userId, choice }) {
    requireActiveUser(view, userId);
    const proposal = requireProposal(view, proposalId);
    const id = voterIdOf(proposalId, userId);
    const voter = view.row(proposalVoters, id);
    if (!voter) {
      const message = 'Only who was a Whale when the proposal was made votes on it.';
      throw new DomainError('FORBIDDEN', message);
    }
    requireVoting(view.at, proposal);
    if (view.row(proposalVotes, id)) {
      throw new DomainError('STATE_CONFLICT', 'You have voted already; a vote is final.');
    }
    requireWhale(view, userId);

    const staked = view.balance(stakeAccounts(userId).staked);
    const isExtended = isExtendedBy(view, proposal, {
      choice,
      snapshotStake: voter.stake,
      staked,
    });
    assert(proposal.votes < proposal.snapshotVoters, 'nobody votes who is not in the snapshot');
    const number = proposal.votes + 1;
    const after = changed(proposal, {
      // Where no worker has moved it.
      status: 'active',
      votes: number,
      ...(isExtended
        ? { extendedAt: view.at, closesAt: proposal.closesAt + Number(proposal.extensionMs) }
        : {}),
    });
    const vote = { id, proposalId, userId, choice, number, castAt: view.at, castIn: view.sequence };
    return {
      rows: [putRow(proposals, after), putRow(proposalVotes, vote)],
      outbox: [votedMessage(after)],
      result: {
        proposalId,
        choice,
        castAt: isoTime(view.at),
        snapshotStake: formatAmount(voter.stake),
        closesAt: isoTime(after.closesAt),
        extendedAt: optionalIsoTime(after.extendedAt),
      },
    };
  },
};
