// Projections: what a committer keeps in memory is what was committed, by whomever.
import { DomainError } from '../../domain/errors';
import { userAccount } from '../../ledger/accounts';
import { moveBetween, putRow, type Command, type Projection } from '../../ledger/command';
import { fund } from '../support/transfers';
import { bornOnce, command, createWorld, system, type World } from './world';

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(() => world.close());

const giveBob = moveBetween(
  'test',
  userAccount('alice', 'available', 'CREDIT'),
  userAccount('bob', 'available', 'CREDIT'),
  1n,
);

/** Counts events; its rows are the feed itself. */
function createCounter() {
  const loads: number[] = [];
  const counter: Projection<{ count: number }> = {
    name: 'counter',
    load: async (sql) => {
      const { rows } = await sql.query(
        'count events',
        `select coalesce(sum(json_array_length(feed)), 0)::int as count from journal_batches where feed is not null`,
        [],
      );
      const [row] = rows as [{ count: number }];
      loads.push(row.count);
      return row;
    },
    apply(state, event) {
      if (event.fails === true) throw new Error('this event is beyond me');
      state.count++;
    },
  };
  const countEvents = (event: object | null): Command<null, number> =>
    command((view) => ({
      feed: event ? [{ type: 'counted', ...event }] : [],
      result: view.projection(counter).count,
    }));
  return { counter, countEvents, loads };
}

describe('what a committer keeps in memory', () => {
  it('holds what the commands before in the batch made public, and nothing of a refused one', async () => {
    const { counter, countEvents, loads } = createCounter();
    const committer = world.openCommitter({ projections: [counter] });
    const refused: Command<null, null> = command((view) => {
      view.projection(counter);
      throw new DomainError('STATE_CONFLICT', 'no');
    });
    const unbalanced = command(() => ({
      feed: [{ type: 'counted' }],
      transfers: [{ kind: 'test', entries: [] }],
      result: null,
    }));
    const outcomes = await Promise.allSettled([
      committer.submit(countEvents({}), null, system),
      committer.submit(refused, null, system),
      committer.submit(unbalanced, null, system),
      committer.submit(countEvents({}), null, system),
      committer.submit(countEvents(null), null, system),
    ]);
    expect(outcomes.map((o) => (o.status === 'fulfilled' ? o.value.result : 'refused'))).toEqual([
      0,
      'refused',
      'refused',
      1,
      2,
    ]);
    expect((await committer.submit(countEvents(null), null, system)).result).toBe(2);
    expect(loads).toEqual([0]);
  });

  it('follows what another process made public in its very next decision', async () => {
    const { counter, countEvents, loads } = createCounter();
    const [one, two] = [
      world.openCommitter({ projections: [counter] }),
      world.openCommitter({ projections: [counter] }),
    ];
    for (let i = 0; i < 20; i++) {
      const committer = i % 2 ? one : two;
      expect((await committer.submit(countEvents({}), null, system)).result).toBe(i);
    }
    expect(loads).toHaveLength(2);
  });

  it('never keeps what a batch that failed had made public', async () => {
    const { counter, countEvents } = createCounter();
    const committer = world.openCommitter({ projections: [counter] });
    await committer.submit(countEvents({}), null, system);
    const broken = command(() => ({
      feed: [{ type: 'counted' }],
      rows: [putRow(bornOnce, { id: 'x', body: '\0' })],
      result: null,
    }));
    const outcomes = await Promise.allSettled([
      committer.submit(countEvents({}), null, system),
      committer.submit(broken, null, system),
      committer.submit(countEvents({}), null, system),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await committer.submit(countEvents(null), null, system)).result).toBe(3);
  });

  it('fails the command whose event it cannot take, wholly, and no neighbour', async () => {
    const { counter, countEvents } = createCounter();
    const committer = world.openCommitter({ projections: [counter] });
    await committer.submit(fund, { to: 'alice', amount: 10n }, system);
    const poison = command(() => ({
      transfers: [giveBob],
      feed: [{ type: 'counted' }, { type: 'counted', fails: true }],
      result: null,
    }));
    const outcomes = await Promise.allSettled([
      committer.submit(countEvents({}), null, system),
      committer.submit(poison, null, system),
      committer.submit(countEvents({}), null, system),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await world.balanceOf('bob')).toBe('0');
    expect((await committer.submit(countEvents(null), null, system)).result).toBe(2);
  });

  it("is read from rows when another process' event cannot be taken", async () => {
    const { counter, countEvents, loads } = createCounter();
    const committer = world.openCommitter({ projections: [counter] });
    await committer.submit(countEvents({}), null, system);
    // A newer version of the program, which knows more events.
    const newer = world.openCommitter({
      projections: [{ ...counter, apply: (state: { count: number }) => void state.count++ }],
    });
    await newer.submit(countEvents({ fails: true }), null, system);
    expect((await committer.submit(countEvents(null), null, system)).result).toBe(2);
    expect(loads).toEqual([0, 1, 2]);
  });
});
