import { requestsPerMinute } from '../../api/rate-limits';
import { useRelayWorld } from './relay-world';

const world = useRelayWorld();

it('limits requests with unknown keys by address; good keys of the same address go on', async () => {
  const user = await world().addCaller('1');
  const ask = (key: string) => world().api.send('GET', '//v1/models', { key });
  for (let left = requestsPerMinute.badCredentials; left > 0; left -= 50) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('lx_unknown')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  }
  const refused = await ask('lx_unknown');
  expect(refused.status).toBe(429);
  expect(refused.as<{ error: object }>().error).toMatchObject({ code: 'rate_limit_exceeded' });
  const wait = Number(refused.headers.get('retry-after'));
  expect(wait).toBeGreaterThanOrEqual(1);
  expect(wait).toBeLessThanOrEqual(30);
  expect((await ask(user.key)).status).toBe(200);
});
