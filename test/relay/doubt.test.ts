// The settlement's commit loses its answer, for longer than the committer is patient: whoever is charged for an answer
// also gets it, and is charged once.
import { openRelay } from '../../api/relay';
import { Committer } from '../../ledger/committer';
import { settleCall } from '../../services/calls/relay-settlement';
import { projections } from '../../services/projections';
import { until } from '../catalog/support';
import { FaultProxy } from '../support/fault-proxy';
import { hello, modelId, useRelayWorld } from './relay-world';

let proxy: FaultProxy;
let committer: Committer;
/** How often a settlement was asked for. */
let settlements = 0;

const world = useRelayWorld({
  async open(context, times) {
    proxy = await FaultProxy.start(context.config.databaseUrl ?? '');
    committer = new Committer({
      databaseUrl: proxy.url,
      applicationName: 'lx-test-relay',
      projections,
      patienceMs: 1_000,
    });
    const submit = committer.submit.bind(committer);
    committer.submit = (command, ...rest) => {
      if (command.kind === settleCall.kind) settlements++;
      return submit(command, ...rest);
    };
    return openRelay({ ...context, committer }, times);
  },
});
afterAll(async () => {
  await committer.close();
  await proxy.close();
});

it.each([
  ['that happened', 'unanswered'],
  ['that did not happen', 'lost'],
] as const)('a commit in doubt %s delays the answer, and it is charged once', async (_, kind) => {
  const user = await world().addCaller('1');
  world().mock.behave('*', { holdAfterChunks: 1 });
  const answering = world().api.send('POST', '//v1/chat/completions', {
    key: user.key,
    body: { model: modelId, messages: hello, max_tokens: 10, stream: true },
  });
  await until(() => world().mock.held === 1);
  settlements = 0;
  const happened = proxy.arm({ kind, statement: 'commit' });
  world().mock.release();
  await happened;
  proxy.refuse(true);
  // The first was told to be unknown.
  await until(() => settlements > 1);
  proxy.refuse(false);

  const answer = await answering;
  expect(answer.status).toBe(200);
  expect(answer.text).toContain('[DONE]');
  const rows = await world().callRows(user.id);
  expect(rows).toMatchObject([{ status: 'settled', ending: 'completed' }]);
  const charge = rows[0]?.charge ?? 0n;
  expect(charge).toBeGreaterThan(0n);
  const { rows: mines } = await world().context.db.raw<{ rows: unknown[] }>(
    `select 1 from journal_transfers where kind = 'mine' and reference = ?`,
    [rows[0]?.id ?? ''],
  );
  expect(mines).toHaveLength(1);
});
