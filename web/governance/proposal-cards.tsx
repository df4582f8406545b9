// Proposals in one state, as cards with their countdown and tally.
import { Link } from 'wouter';
import { answerOf, api } from '../api/client';
import { usePages } from '../api/use-pages';
import { Countdown } from '../ui/countdown';
import { Loaded } from '../ui/loaded';
import { MoreButton } from '../ui/more-button';
import { Change } from './change';
import { nextMoment, type Parameter, type Proposal, type Status } from './proposal-words';
import { TallyGauges } from './tally';

const everyMs = 3_000;

interface ProposalCardsProps {
  readonly title: string;
  readonly status: Status;
  readonly parameters: readonly Parameter[] | undefined;
  /** What is said of none; without it nothing is shown. */
  readonly empty?: string;
}

export function ProposalCards({ title, status, parameters, empty }: ProposalCardsProps) {
  const proposals = usePages({
    queryKey: ['governance', 'proposals', status],
    ask: (cursor) => {
      const query = { status, ...(cursor === undefined ? {} : { cursor }) };
      return answerOf(api.GET('/api/v1/governance/proposals', { params: { query } }));
    },
    refetchInterval: everyMs,
  });
  if (proposals.data?.length === 0 && empty === undefined) return null;
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <Loaded query={proposals}>
        {(items) =>
          items.length === 0 ? (
            <p className="empty">{empty}</p>
          ) : (
            <ul className="proposals">
              {items.map((proposal) => (
                <li key={proposal.id}>
                  <ProposalCard proposal={proposal} parameters={parameters} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <MoreButton query={proposals} />
    </section>
  );
}

interface ProposalCardProps {
  readonly proposal: Proposal;
  readonly parameters: readonly Parameter[] | undefined;
}

function ProposalCard({ proposal, parameters }: ProposalCardProps) {
  const { id, title, parameter, proposer, status } = proposal;
  const next = nextMoment(proposal);
  return (
    <article className="proposal">
      <h3 className="user-text">
        <Link href={`/governance/${id}`}>{title}</Link>
      </h3>
      <p>
        <Change parameter={parameter} parameters={parameters} />
      </p>
      <p>
        {next && (
          <>
            {next[0]} <Countdown to={next[1]} over="any moment" />, by{' '}
          </>
        )}
        <span className="user-text">{proposer}</span>
      </p>
      {status !== 'pending' && <TallyGauges {...proposal} />}
    </article>
  );
}
