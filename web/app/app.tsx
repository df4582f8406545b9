// The console: who looks at it, and which page they are on.
import {
  MutationCache,
  QueryCache,
  QueryClient,
  QueryClientProvider,
  useQuery,
} from '@tanstack/react-query';
import { Component, Suspense, type ReactNode } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { Problem } from '../api/problem';
import { useStandingError } from '../api/standing-error';
import { isUnanswered } from '../api/wish';
import { endSession, meQuery, useHasEnded, useSharedSession } from '../session/session';
import { SignInPage } from '../session/sign-in-page';
import { Loading } from '../ui/loading';
import { ProblemNotice } from '../ui/problem-notice';
import { pageGroupsFor } from './pages';
import { Shell } from './shell';

function noticeEnd(error: unknown): void {
  if (error instanceof Problem && error.status === 401) endSession(queries);
}

/** What has not come yet is asked for until it has, unless it is refused. */
const untilItComesMs = 5_000;

/** Whoever looks may be frozen, climb a level, or get a right at any time. */
const meEveryMs = 5_000;

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeEnd }),
  mutationCache: new MutationCache({
    // Whoever signs in is told that the password is wrong, and stays.
    onError: (error, _input, _context, { meta }) => {
      if (!meta?.isSignIn) noticeEnd(error);
    },
  }),
  defaultOptions: {
    queries: {
      // A refusal is an answer; what may pass by itself is asked for again.
      retry: (failures, error) =>
        failures < 3 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
      staleTime: 5_000,
      refetchInterval: ({ state: { data, error } }) =>
        data === undefined && isUnanswered(error) && untilItComesMs,
    },
    // What has no answer is told at once, not kept until the network is back.
    mutations: { networkMode: 'always' },
  },
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Pages />
    </QueryClientProvider>
  );
}

function Pages() {
  const me = useQuery({
    ...meQuery,
    refetchInterval: ({ state: { data, error } }) =>
      data ? meEveryMs : data === undefined && isUnanswered(error) && untilItComesMs,
  });
  const error = useStandingError(me);
  useSharedSession();
  const hasEnded = useHasEnded();
  const [location] = useLocation();
  if (me.data === null) return <SignInPage hasEnded={hasEnded} />;
  if (!me.data && error) return <Unreachable error={error} onRetry={() => void me.refetch()} />;
  if (!me.data) return <Loading />;
  return (
    <Shell key={me.data.user.id} user={me.data.user}>
      <Guard key={location}>
        <Suspense fallback={<Loading />}>
          <Switch>
            {pageGroupsFor(me.data.user.role)
              .flatMap(({ pages }) => pages)
              .map(({ path, component }) => (
                <Route key={path} path={path} component={component} />
              ))}
            {/* Whatever is left, line breaks included. */}
            <Route path={/^[^]*$/}>
              <h1>Not found</h1>
              <p>There is no such page.</p>
            </Route>
          </Switch>
        </Suspense>
      </Guard>
    </Shell>
  );
}

function Unreachable({
  error,
  onRetry,
}: {
  readonly error: unknown;
  readonly onRetry: () => void;
}) {
  return (
    <main className="sign-in">
      <h1>L-Exchange</h1>
      <ProblemNotice error={error} />
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </main>
  );
}

/** A page that breaks, or whose files have gone with an older build, says so and leaves the menu usable. */
class Guard extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <>
        <h1>This page broke</h1>
        <p>
          <a href={location.href}>Load it again</a>; nothing that you sent is lost.
        </p>
        <ProblemNotice error={this.state.error} />
      </>
    );
  }
}
