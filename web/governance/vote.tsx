// The user's own vote: cast once and finally, or why it cannot be.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import type { AnswerOf, BodyOf } from '../api/types';
import { useWish } from '../api/wish';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Loading } from '../ui/loading';
import { Moment } from '../ui/moment';
import { ProblemNotice } from '../ui/problem-notice';
import type { Proposal } from './proposal-words';
import { useVotingRight } from './queries';
import { useHasCome } from './use-has-come';
import { VotingRight } from './voting-right';

type Own = AnswerOf<'/api/v1/governance/proposals/{id}'>['own'];
type Choice = BodyOf<'/api/v1/governance/proposals/{id}/votes'>['choice'];

const choices: readonly (readonly [Choice, string])[] = [
  ['for', 'For'],
  ['against', 'Against'],
  ['abstain', 'Abstain'],
];

interface VoteProps {
  readonly proposal: Proposal;
  /** null: nobody is signed in. */
  readonly own: Own;
}

export function Vote({ proposal, own }: VoteProps) {
  return (
    <Card title="Your vote">
      <OwnVote proposal={proposal} own={own} />
    </Card>
  );
}

function OwnVote({ proposal, own }: VoteProps) {
  const { right, error } = useVotingRight();
  const isOpened = useHasCome(proposal.opensAt);
  if (!own) return <p>Sign in to vote.</p>;
  if (own.choice !== null && own.castAt !== null) {
    return (
      <p>
        You voted <strong>{own.choice}</strong> <Moment at={own.castAt} />. It weighs at most{' '}
        <Amount value={own.snapshotStake} unit="LCO" />: what you had staked when it was proposed,
        or less if you have less staked when voting closes.
      </p>
    );
  }
  const { status } = proposal;
  if (status === 'pending' && !isOpened) {
    return (
      <>
        <p>Voting has not opened yet.</p>
        <Eligibility own={own} />
      </>
    );
  }
  if (status !== 'pending' && status !== 'active') {
    return <p>Voting is over. You did not vote.</p>;
  }
  if (own.snapshotStake === '0') return <Eligibility own={own} />;
  if (!right) return error ? <ProblemNotice error={error} /> : <Loading />;
  if (!right.mayVote) return <VotingRight {...right} />;
  return <Ballot proposalId={proposal.id} weight={own.snapshotStake} />;
}

/** Whether the snapshot has them. */
function Eligibility({ own: { snapshotStake } }: { readonly own: NonNullable<Own> }) {
  if (snapshotStake === '0') {
    return (
      <p>
        You cannot vote on this one: only who was a Whale when it was proposed votes on it, and you
        were not.
      </p>
    );
  }
  return (
    <p>
      You may vote: yours weighs up to <Amount value={snapshotStake} unit="LCO" />.
    </p>
  );
}

function Ballot({ proposalId, weight }: { readonly proposalId: string; readonly weight: string }) {
  const [choice, setChoice] = useState<Choice | null>(null);
  /** Which choice was gone back from: it has the focus again. */
  const [leftChoice, setLeftChoice] = useState<Choice | null>(null);
  const vote = useWish((choice: Choice, key) =>
    answerOf(
      api.POST('/api/v1/governance/proposals/{id}/votes', {
        params: { path: { id: proposalId }, header: { 'Idempotency-Key': key } },
        body: { choice },
      }),
    ),
  );
  return (
    <>
      <p>
        Yours weighs up to <Amount value={weight} unit="LCO" />. It is final.
      </p>
      {choice === null ? (
        <div className="buttons">
          {choices.map(([option, text]) => (
            <Button
              key={option}
              autoFocus={option === leftChoice}
              isDisabled={vote.isPending}
              onPress={() => setChoice(option)}
            >
              {text}
            </Button>
          ))}
        </div>
      ) : (
        <div className="buttons" role="group" aria-label="Confirm your vote">
          <span>
            Vote <strong>{choice}</strong>, for good?
          </span>
          <Button
            className="primary"
            onPress={() => {
              setChoice(null);
              vote.mutate(choice);
            }}
          >
            Yes, vote {choice}
          </Button>
          <Button
            autoFocus
            onPress={() => {
              setLeftChoice(choice);
              setChoice(null);
            }}
          >
            Back
          </Button>
        </div>
      )}
      <ProblemNotice error={vote.error} />
    </>
  );
}
