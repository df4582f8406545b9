// Governance: proposals and their votes, proposing, and the parameters in force; or one proposal.
import type { ComponentProps } from 'react';
import { useParams } from 'wouter';
import { Loaded } from '../ui/loaded';
import { ProblemNotice } from '../ui/problem-notice';
import { Parameters } from './parameters';
import { ProposalCards } from './proposal-cards';
import { ProposalList } from './proposal-list';
import { ProposalView } from './proposal-view';
import { Propose } from './propose';
import { useParameters, useVotingRight } from './queries';
import { VotingRight } from './voting-right';

export default function GovernancePage() {
  const { id } = useParams<{ id?: string }>();
  return id === undefined ? <Proposals /> : <ProposalView key={id} id={id} />;
}

function Proposals() {
  const parameters = useParameters();
  const items = parameters.data?.items;
  return (
    <>
      <h1>Governance</h1>
      <ProposalCards
        title="Voting now"
        status="active"
        parameters={items}
        empty="No proposal is being voted on."
      />
      <ProposalCards title="Voting opens soon" status="pending" parameters={items} />
      <ProposalCards title="Passed, waiting to be executed" status="queued" parameters={items} />
      <ProposalList />
      <Loaded query={parameters}>
        {(data) => (
          <>
            <ProposeOrWhyNot parameters={data.items} windows={data} />
            <Parameters parameters={data.items} />
          </>
        )}
      </Loaded>
    </>
  );
}

function ProposeOrWhyNot(props: ComponentProps<typeof Propose>) {
  const { right, error } = useVotingRight();
  if (!right && !error) return null;
  if (right?.mayVote) return <Propose {...props} />;
  return (
    <section aria-label="Propose">
      <h2>Propose</h2>
      {right ? <VotingRight {...right} /> : <ProblemNotice error={error} />}
    </section>
  );
}
