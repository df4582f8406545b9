// Bars of days, whose library is loaded when the first ones are shown.
import { lazy, Suspense, type ComponentProps } from 'react';
import { loadFiles } from '../api/load-files';
import { Loading } from '../ui/loading';

const DayBars = lazy(() => loadFiles(() => import('./day-bars')));

export function LazyDayBars(props: ComponentProps<typeof DayBars>) {
  return (
    <Suspense fallback={<Loading />}>
      <DayBars {...props} />
    </Suspense>
  );
}
