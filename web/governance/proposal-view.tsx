// One proposal: what it would change, where it stands, its votes, and the user's own.
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { answerOf, api } from '../api/client';
import type { AnswerOf } from '../api/types';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Countdown } from '../ui/countdown';
import { DataTable, type Column } from '../ui/data-table';
import { Facts } from '../ui/facts';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { Change } from './change';
import { endWords, nextMoment, statusWords, type Proposal } from './proposal-words';
import { useParameters } from './queries';
import { TallyFacts, TallyGauges } from './tally';
import { Timeline } from './timeline';
import { Vote } from './vote';

const everyMs = 2_000;

export function ProposalView({ id }: { readonly id: string }) {
  const details = useQuery({
    queryKey: ['governance', 'proposal', id],
    queryFn: () =>
      answerOf(api.GET('/api/v1/governance/proposals/{id}', { params: { path: { id } } })),
    refetchInterval: everyMs,
  });
  return (
    <>
      <p>
        <Link href="/governance">All proposals</Link>
      </p>
      {!details.data && <h1>Proposal</h1>}
      <Loaded query={details}>
        {({ proposal, votes, own }) => (
          <>
            <h1 className="user-text">{proposal.title}</h1>
            <div className="cards wide-cards">
              <About proposal={proposal} />
              <Card title="Votes">
                <TallyGauges {...proposal} />
                <TallyFacts {...proposal} />
              </Card>
              <Vote proposal={proposal} own={own} />
              <Card title="Timeline">
                <Timeline proposal={proposal} />
              </Card>
            </div>
            <Card title="Votes cast">
              <DataTable
                caption="Votes cast"
                columns={voteColumns}
                rows={votes}
                keyOf={({ handle }) => handle}
                empty="Nobody has voted yet."
              />
            </Card>
          </>
        )}
      </Loaded>
    </>
  );
}

function About({ proposal }: { readonly proposal: Proposal }) {
  const parameters = useParameters().data?.items;
  const { parameter, proposer, status, endedBecause, snapshot, text, veto } = proposal;
  const next = nextMoment(proposal);
  const about = parameters?.find(({ name }) => name === parameter?.name);
  return (
    <Card title="Proposal">
      <p className="figure">
        {statusWords[status]}
        {next && (
          <small>
            {next[0]} <Countdown to={next[1]} over="any moment" />
          </small>
        )}
      </p>
      {endedBecause && <p>Ended because {endWords[endedBecause]}.</p>}
      {veto && (
        <p className="user-text">
          Vetoed by {veto.operator}: {veto.reason}
        </p>
      )}
      <p>
        <Change parameter={parameter} parameters={parameters} />
      </p>
      {about && <p>{about.description}</p>}
      <p className="user-text">{text}</p>
      <Facts
        facts={[
          [
            'Proposed by',
            <span key="by" className="user-text">
              {proposer}
            </span>,
          ],
          ['Whales then', snapshot.voters],
          ['They had staked', <Amount key="weight" value={snapshot.weight} unit="LCO" />],
          ['Circulating then', <Amount key="all" value={snapshot.circulating} unit="LCO" />],
        ]}
      />
    </Card>
  );
}

type Cast = AnswerOf<'/api/v1/governance/proposals/{id}'>['votes'][number];

const choiceWords: Readonly<Record<Cast['choice'], string>> = {
  for: 'For',
  against: 'Against',
  abstain: 'Abstain',
};

const voteColumns: readonly Column<Cast>[] = [
  { name: 'Whale', isText: true, cell: ({ handle }) => handle },
  { name: 'Vote', isText: true, cell: ({ choice }) => choiceWords[choice] },
  { name: 'Weight', cell: ({ weight }) => <Amount value={weight} unit="LCO" /> },
  {
    name: 'Staked at proposal',
    cell: ({ snapshotStake }) => <Amount value={snapshotStake} unit="LCO" />,
  },
  { name: 'Cast', isText: true, cell: ({ castAt }) => <Moment at={castAt} /> },
];
