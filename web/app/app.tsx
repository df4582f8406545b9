// The console: its pages, each loaded when it is first opened.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { Problem } from '../api/problem';
import { useMe } from '../session/session';
import { SignInPage } from '../session/sign-in-page';
import { ProblemNotice } from '../ui/problem-notice';
import { Shell } from './shell';

const OverviewPage = lazy(() => import('../pages/overview-page'));
const StakingPage = lazy(() => import('../pages/staking-page'));
const KeysPage = lazy(() => import('../pages/keys-page'));
const PlaygroundPage = lazy(() => import('../pages/playground-page'));

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal is an answer; what may pass by itself is asked for again.
      retry: (failures, error) =>
        failures < 3 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
      staleTime: 5_000,
    },
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
  const me = useMe();
  if (me.isPending) return <p className="loading">Loading …</p>;
  if (me.error) return <ProblemNotice error={me.error} />;
  if (!me.data) return <SignInPage />;
  return (
    <Shell handle={me.data.user.handle}>
      <Suspense fallback={<p className="loading">Loading …</p>}>
        <Switch>
          <Route path="/" component={OverviewPage} />
          <Route path="/playground" component={PlaygroundPage} />
          <Route path="/keys" component={KeysPage} />
          <Route path="/staking" component={StakingPage} />
          <Route>
            <h1>Not found</h1>
            <p>There is no such page.</p>
          </Route>
        </Switch>
      </Suspense>
    </Shell>
  );
}
