// How to check more than a browser does, without trusting this page.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { Card } from '../ui/card';

export function SelfAudit() {
  const head = useQuery({
    queryKey: ['journal', 'head'],
    queryFn: () => answerOf(api.GET('/api/v1/journal/head')),
  });
  const url = location.origin;
  return (
    <Card title="Run the audit yourself">
      <p>
        This page comes from the server that it checks. To trust less, run the verifier from the
        source code on a machine of yours. It downloads every burn and builds the tree again, checks
        all signed roots and settled prediction markets, and remembers what it saw for the next
        time.
      </p>
      <pre className="wrapped">{`npm run verify -- ${url}
npm run verify -- ${url} --key '<the log's key>'
npm run verify -- ${url} --api-key <a key of yours with the scope read>`}</pre>
      <p>
        Who has the database, or a dump of it, recomputes the whole journal: each hash, each
        balance, and the books against each other. With a head that was noted earlier it also shows
        that nothing before it was changed.
      </p>
      <pre className="wrapped">{`npm run audit
npm run audit -- --head ${head.data ? `${head.data.sequence}:${head.data.hash}` : '<sequence>:<hash>'}`}</pre>
      <p>
        The formats stand in <code>docs/formats</code> of the source code: <code>burn-log.md</code>,{' '}
        <code>usage-roots.md</code>, <code>liabilities.md</code>, <code>journal-chain.md</code> and{' '}
        <code>prediction-manifest.md</code>. A verifier can be written from them alone;{' '}
        <a href="/docs/">the API documentation</a> has the requests.
      </p>
    </Card>
  );
}
