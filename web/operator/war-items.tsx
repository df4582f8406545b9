// Rounds of Compute Wars whose ranking is provisional: who stands where, and disqualifying somebody.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import type { AnswerOf } from '../api/types';
import { Amount } from '../ui/amount';
import { Countdown } from '../ui/countdown';
import { DataTable, type Column } from '../ui/data-table';
import { Facts } from '../ui/facts';
import { textOf } from '../ui/form-text';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { ActForm, reasonOf } from './act-form';
import { Acts } from './acts';
import { UserField } from './fields';
import { QueueItem } from './queue';
import { everyMs, type Round } from './queue-lists';
import { userIdOf } from './who';

type Entry = AnswerOf<'/api/v1/wars/{id}'>['board'][number];

const columns: readonly Column<Entry>[] = [
  { name: 'Handle', isText: true, cell: ({ handle }) => handle },
  { name: 'Rank', cell: ({ rank }) => rank },
  { name: 'Score', cell: ({ score }) => <Amount value={score} unit="CREDIT" /> },
  { name: 'Reached', isText: true, cell: ({ reachedAt }) => <Moment at={reachedAt} /> },
];

export function RoundItem({ round }: { readonly round: Round }) {
  const { id, provisionalUntil, prizePool } = round;
  const board = useQuery({
    queryKey: ['operator', 'wars', id],
    queryFn: () => answerOf(api.GET('/api/v1/wars/{id}', { params: { path: { id } } })),
    refetchInterval: everyMs,
  });
  return (
    <QueueItem title={`Round ${id}`} workflow={`wars/${id}`}>
      <Facts
        facts={[
          provisionalUntil !== null && [
            'Final in',
            <Countdown to={provisionalUntil} over="any moment" />,
          ],
          prizePool !== null && ['Prize pool', <Amount value={prizePool} unit="LCO" />],
        ]}
      />
      <details>
        <summary>Ranking</summary>
        <Loaded query={board}>
          {(data) => (
            <DataTable
              caption={`Ranking of ${id}`}
              columns={columns}
              rows={data.board}
              keyOf={({ handle }) => handle}
              empty="Nobody has a score."
            />
          )}
        </Loaded>
      </details>
      <Acts
        acts={[
          {
            name: 'Disqualify',
            form: (onDone) => (
              <ActForm
                title="Disqualify"
                note="For stolen keys or funds. Those behind move up."
                question="Disqualify this player for good?"
                fields={['userId']}
                bodyOf={(form) => ({ ...reasonOf(form), userId: textOf(form, 'userId') })}
                send={async (body, key) => {
                  const userId = await userIdOf(body.userId, 'userId');
                  return answerOf(
                    api.POST('/api/v1/admin/wars/{id}/disqualify', {
                      params: { path: { id }, header: { 'Idempotency-Key': key } },
                      body: { ...body, userId },
                    }),
                  );
                }}
                onDone={onDone}
              >
                <UserField />
              </ActForm>
            ),
          },
        ]}
      />
    </QueueItem>
  );
}
