// One's own calls of the last days: what they cost, day by day and model by model.
import { useQuery } from '@tanstack/react-query';
import { Decimal } from 'decimal.js';
import { useMemo } from 'react';
import { allPages } from '../api/all-pages';
import { answerOf, api } from '../api/client';
import type { ItemOf } from '../api/types';
import type { DaySum } from '../charts/day-bars';
import { LazyDayBars } from '../charts/lazy-day-bars';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { DataTable, type Column } from '../ui/data-table';
import { Loaded } from '../ui/loaded';

type DailyUsage = ItemOf<'/api/v1/usage/daily'>;
type ModelUsage = Pick<DailyUsage, 'calls' | 'tokens' | 'charge' | 'mined'> & {
  readonly model: string;
};

const everyMs = 10_000;
const mostSumsAtOnce = 1_000;

const columns: readonly Column<ModelUsage>[] = [
  { name: 'Model', isText: true, cell: ({ model }) => model },
  { name: 'Calls', cell: ({ calls }) => calls.toLocaleString() },
  { name: 'Tokens in', cell: ({ tokens }) => tokens.input.toLocaleString() },
  { name: 'Tokens out', cell: ({ tokens }) => tokens.output.toLocaleString() },
  { name: 'Charged', cell: ({ charge }) => <Amount value={charge} unit="CREDIT" /> },
  { name: 'Mined', cell: ({ mined }) => <Amount value={mined} unit="LCO" /> },
];

export function UsageCard() {
  const usage = useQuery({
    queryKey: ['usage', 'daily'],
    queryFn: () =>
      allPages((cursor) =>
        answerOf(
          api.GET('/api/v1/usage/daily', {
            params: {
              query: {
                groupBy: 'day,model',
                limit: mostSumsAtOnce,
                ...(cursor !== undefined && { cursor }),
              },
            },
          }),
        ),
      ),
    refetchInterval: everyMs,
  });
  const days = useMemo(() => chargesByDay(usage.data ?? []), [usage.data]);
  return (
    <Card
      title="Your calls of the last 30 days"
      aside={<a href="/api/v1/usage/daily.csv">As CSV</a>}
    >
      <Loaded query={usage}>
        {(sums) => (
          <>
            {days.length > 1 && <LazyDayBars label="Charged" days={days} unit="CREDIT" />}
            <DataTable
              caption="Your calls by model"
              columns={columns}
              rows={sumByModel(sums)}
              keyOf={({ model }) => model}
              empty="No calls yet. The playground makes the first one."
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function chargesByDay(items: readonly DailyUsage[]): DaySum[] {
  const days = new Map<string, Decimal>();
  for (const { day, charge } of items) {
    days.set(day, (days.get(day) ?? new Decimal(0)).plus(charge));
  }
  return [...days].map(([day, sum]) => ({ day, value: sum.toFixed() }));
}

/** The dearest first. */
function sumByModel(items: readonly DailyUsage[]): ModelUsage[] {
  const models = new Map<string, ModelUsage>();
  for (const { model = '', calls, tokens, charge, mined } of items) {
    const before = models.get(model);
    models.set(model, {
      model,
      calls: calls + (before?.calls ?? 0),
      tokens: {
        input: tokens.input + (before?.tokens.input ?? 0),
        cachedInput: tokens.cachedInput + (before?.tokens.cachedInput ?? 0),
        cacheWrite: tokens.cacheWrite + (before?.tokens.cacheWrite ?? 0),
        output: tokens.output + (before?.tokens.output ?? 0),
      },
      charge: new Decimal(charge).plus(before?.charge ?? 0).toFixed(),
      mined: new Decimal(mined).plus(before?.mined ?? 0).toFixed(),
    });
  }
  return [...models.values()].sort((a, b) => new Decimal(b.charge).cmp(a.charge));
}
