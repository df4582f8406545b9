import { ServiceError } from '@temporalio/client';
import { isOutageError, outlast } from '../../worker/temporal-outage';

/** As the SDK throws what the server said. */
function refusalOf(code: number): Error {
  const cause = Object.assign(new Error('the server said'), { code, details: '', metadata: {} });
  return new ServiceError('Failed to describe schedule', { cause });
}

/** Fails so often with a code, then answers. */
function failing(times: number, error: Error) {
  let calls = 0;
  const act = () => (++calls <= times ? Promise.reject(error) : Promise.resolve('done'));
  return { act, calls: () => calls };
}

const quick = { forMs: 1_000, everyMs: 1 };

it.each([1, 2, 4, 8, 13, 14])(
  'what a server of code %i could not do is tried again',
  async (code) => {
    const { act, calls } = failing(3, refusalOf(code));
    expect(await outlast(act, quick)).toBe('done');
    expect(calls()).toBe(4);
  },
);

it.each([3, 7, 12, 16])('what a server of code %i refused is not', async (code) => {
  const { act, calls } = failing(1, refusalOf(code));
  await expect(outlast(act, quick)).rejects.toThrow('Failed to describe schedule');
  expect(calls()).toBe(1);
});

it('a fault of our own is not tried again, nor one that lasts', async () => {
  const own = failing(1, new TypeError('ours'));
  await expect(outlast(own.act, quick)).rejects.toThrow('ours');
  expect(own.calls()).toBe(1);
  const lasting = failing(Infinity, refusalOf(14));
  await expect(outlast(lasting.act, { forMs: 500, everyMs: 5 })).rejects.toThrow('Failed');
  expect(lasting.calls()).toBeGreaterThan(2);
});

it('an outage is told from a refusal', () => {
  expect([14, 4, 8, 1, 5, 7].map((code) => isOutageError(refusalOf(code)))).toEqual([
    ...[true, true, true, true],
    ...[false, false],
  ]);
  expect(isOutageError(new Error('else'))).toBe(false);
});
