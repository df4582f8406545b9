import type { Knex } from 'knex';
import { parameterValue, type ParameterState } from '../../domain/parameters';
import { Committer } from '../../ledger/committer';
import type { Command } from '../../ledger/command';
import { openDatabase } from '../../ledger/connection';
import {
  createParameters,
  loadParameters,
  parameters,
  setParameter,
} from '../../services/parameters';
import { createTestDatabase, type TestDatabase } from '../support/engines';

/** What a decision sees of two parameters. */
const readParameters: Command<null, { slices: number; deep: bigint; lv3: number }> = {
  kind: 'test_read_parameters',
  keys: () => ({}),
  decide(view) {
    const state: ParameterState = view.projection(parameters);
    return {
      result: {
        slices: parameterValue(state, 'buyback.slices'),
        deep: parameterValue(state, 'mark.impactNotional'),
        lv3: parameterValue(state, 'imo.weights').Lv3,
      },
    };
  },
};

const system = { actor: 'test' };
const decided = { source: 'proposal/1', reason: 'More often.' };

let database: TestDatabase;
let db: Knex;
const committers: Committer[] = [];

function openCommitter(): Committer {
  const committer = new Committer({
    databaseUrl: database.url,
    applicationName: 'lx-test',
    projections: [parameters],
  });
  committers.push(committer);
  return committer;
}

beforeEach(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url, 'lx-test-query', 2);
});

afterEach(async () => {
  await Promise.all(committers.splice(0).map((committer) => committer.close()));
  await db.destroy();
  await database.drop();
});

describe('a governed parameter', () => {
  it('has its default again where the registry does not allow any more what was decided', async () => {
    const change = { name: 'buyback.slices', value: 6, expectedVersion: 1, ...decided };
    await openCommitter().submit(setParameter, change, system);
    await db('parameters').where('name', 'buyback.slices').update({ value: '1000' });
    const committer = openCommitter();
    expect((await committer.submit(readParameters, null, system)).result.slices).toBe(4);
    const entry = (await createParameters(db).list()).find(({ name }) => name === 'buyback.slices');
    expect(entry).toMatchObject({ value: 4, version: 2 });
    const repair = { name: 'buyback.slices', value: 8, expectedVersion: 2, ...decided };
    await committer.submit(setParameter, repair, system);
    expect((await committer.submit(readParameters, null, system)).result.slices).toBe(8);
  });

  it('has its default until it is changed, and then the new value in the very next decision', async () => {
    const committer = openCommitter();
    const [before, changed, after] = await Promise.all([
      committer.submit(readParameters, null, system),
      committer.submit(
        setParameter,
        { name: 'buyback.slices', value: 6, expectedVersion: 1, ...decided },
        system,
      ),
      committer.submit(readParameters, null, system),
    ]);
    expect(before.result.slices).toBe(4);
    expect(changed.result).toEqual({ name: 'buyback.slices', value: 6, version: 2 });
    expect(after.result.slices).toBe(6);
    expect(after.sequence).toBe(before.sequence);
  });

  it('reaches the decisions of another process, and of one that starts later', async () => {
    const [first, second] = [openCommitter(), openCommitter()];
    await second.submit(readParameters, null, system);
    await first.submit(
      setParameter,
      { name: 'mark.impactNotional', value: '750.5', expectedVersion: 1, ...decided },
      system,
    );
    await first.submit(
      setParameter,
      { name: 'imo.weights', value: { Whale: 4, Lv3: 2, Lv4: 3 }, expectedVersion: 1, ...decided },
      system,
    );
    const expected = { slices: 4, deep: 75_050_000_000n, lv3: 2 };
    expect((await second.submit(readParameters, null, system)).result).toEqual(expected);
    expect((await openCommitter().submit(readParameters, null, system)).result).toEqual(expected);
    expect(parameterValue(await loadParameters(db), 'imo.weights')).toEqual({
      Lv3: 2,
      Lv4: 3,
      Whale: 4,
    });
  });

  it('is changed once when two changes were decided on the same version', async () => {
    const [first, second] = [openCommitter(), openCommitter()];
    const outcomes = await Promise.allSettled(
      [first, second, first, second].map((committer, i) =>
        committer.submit(
          setParameter,
          { name: 'buyback.slices', value: 5 + i, expectedVersion: 1, ...decided },
          system,
        ),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ code: 'STATE_CONFLICT', details: { version: 2 } });
      }
    }
  });

  it('stays as it is when the value leaves its bounds', async () => {
    const committer = openCommitter();
    await expect(
      committer.submit(
        setParameter,
        { name: 'predictions.feeBps', value: 1_001, expectedVersion: 1, ...decided },
        system,
      ),
    ).rejects.toMatchObject({ code: 'PARAMETER_OUT_OF_BOUNDS' });
    await expect(
      committer.submit(
        setParameter,
        { name: 'supply.cap', value: 1, expectedVersion: 1, ...decided },
        system,
      ),
    ).rejects.toMatchObject({ code: 'PARAMETER_NOT_FOUND' });
    expect(await loadParameters(db)).toEqual(new Map());
  });

  it('is listed with its bounds, and its past with what decided it', async () => {
    const committer = openCommitter();
    for (const [version, value] of [6, 8, 2].entries()) {
      await committer.submit(
        setParameter,
        { name: 'buyback.slices', value, expectedVersion: version + 1, ...decided },
        system,
      );
    }
    const service = createParameters(db);
    const listed = await service.list();
    expect(listed.find(({ name }) => name === 'buyback.slices')).toMatchObject({
      value: 2,
      version: 4,
      changedAt: expect.any(Number) as number,
      definition: { default: 4, minimum: 1, maximum: 24 },
    });
    expect(listed.find(({ name }) => name === 'margin.minCollateral')).toMatchObject({
      value: '10',
      version: 1,
      changedAt: null,
    });
    const first = await service.history('buyback.slices', { limit: 2 });
    expect(first.items).toMatchObject([
      { version: 4, value: 2, previousValue: 8, ...decided },
      { version: 3, value: 8, previousValue: 6 },
    ]);
    const rest = await service.history('buyback.slices', {
      limit: 2,
      cursor: first.nextCursor ?? '',
    });
    expect(rest).toMatchObject({
      items: [{ version: 2, value: 6, previousValue: 4 }],
      nextCursor: null,
    });
    await expect(service.history('no.such', { limit: 2 })).rejects.toMatchObject({
      code: 'PARAMETER_NOT_FOUND',
    });
    await expect(db('parameter_history').delete()).rejects.toThrow(/append-only/);
  });
});
