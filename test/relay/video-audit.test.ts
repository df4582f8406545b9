// Rows of videos changed by hand, one at a time: the audit finds each.
import { videosCheck } from '../../services/audit/relay';
import { createRelayWorld, filmerId, type RelayWorld } from './relay-world';

let world: RelayWorld;

beforeAll(async () => {
  world = await createRelayWorld();
  const user = await world.addCaller('10');
  const submit = () => user.openai.videos.create({ model: filmerId, prompt: 'A kitten' });
  await submit();
  await world.finishVideos();
  await submit();
  await world.dropVideos();
  await submit();
});
afterAll(() => world.close());

/** What is found once this was done, which is undone. */
async function findingsOf(change?: string): Promise<string[]> {
  const transaction = await world.context.db.transaction();
  try {
    if (change !== undefined) await transaction.raw(change);
    const findings: string[] = [];
    const context = { db: transaction, onProgress: () => undefined };
    for await (const finding of videosCheck.run(context)) findings.push(finding);
    return findings;
  } finally {
    await transaction.rollback();
  }
}

it('finds nothing in what is as it should be', async () => {
  expect(await findingsOf()).toEqual([]);
});

it.each([
  `update videos set ended_at = ended_at + interval '1 second' where status = 'completed'`,
  `update videos set user_id = gen_random_uuid() where status = 'queued'`,
  `update videos set model_id = 'chat' where status = 'completed'`,
  `update videos set channel_id = gen_random_uuid() where status = 'completed'`,
  `update videos set submitted_at = submitted_at - interval '1 day' where status = 'queued'`,
  `update videos set status = 'failed', error_code = 'x', error_message = 'x' where status = 'completed'`,
  `update videos set status = 'completed', error_code = null, error_message = null where status = 'failed'`,
  `update videos set status = 'failed', ended_at = now(), error_code = 'x', error_message = 'x' where status = 'queued'`,
  `update videos set status = 'queued', ended_at = null where status = 'completed'`,
  `update videos set submitted_at = submitted_at - interval '1 day', deadline_at = now() - interval '2 hours'
    where status = 'queued'`,
  `delete from videos where status = 'queued'`,
  `delete from videos where status = 'completed'`,
  `update relay_calls set process_id = gen_random_uuid() where status = 'live'`,
  `delete from relay_calls where status = 'live'`,
])('finds %s', async (change) => {
  expect(await findingsOf(change)).toEqual([
    expect.stringMatching(/^video .* is .*, its call is /),
  ]);
});
