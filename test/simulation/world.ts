// The database of a simulation, what its clients were told of it, and what the model believes.
import type { Knex } from 'knex';
import { Committer } from '../../ledger/committer';
import { openDatabase } from '../../ledger/connection';
import { deriveId } from '../../ledger/ids';
import { createOperators } from '../../services/identity/operators';
import { createTestDatabase, type TestDatabase } from '../support/engines';
import { grainMs, maker, operators, patron, users } from './cast';
import { emptyState, type State } from './model/state';

/** Handles and names of the channels that the set-up makes. */
export const setUpChannels = ['set-up-one', 'set-up-two'];

const hourMs = 3_600_000;

export class World {
  /** What the model believes now. */
  state: State = emptyState();
  /** Kinds of commands that succeeded. */
  readonly driven = new Set<string>();
  private readonly ids = new Map(
    setUpChannels.map((name) => [name, deriveId('channel', 'setup', name)]),
  );

  private constructor(
    readonly database: TestDatabase,
    /** For reads, and for what is plain SQL in the product too: never through a fault. */
    readonly db: Knex,
  ) {}

  static async create(): Promise<World> {
    const database = await createTestDatabase();
    const world = new World(database, openDatabase(database.url, 'lx-simulation', 4));
    await world.addPeople();
    return world;
  }

  /** The id that the product gave to what clients call so, if it told any of them. */
  idOf(handle: string): string {
    return this.ids.get(handle) ?? `${handle}, which nobody was told of`;
  }

  hasTold(handle: string): boolean {
    return this.ids.has(handle);
  }

  learn(handle: string, id: string): void {
    this.ids.set(handle, id);
  }

  /** The newest batch, once whoever holds the head has ended. */
  async readSequence(): Promise<bigint> {
    const head = await this.db('journal_head').forUpdate().first<{ sequence: bigint }>('sequence');
    return head.sequence;
  }

  /** A day ahead, so that no load on this machine makes a living process look dead. */
  async beat(processId: string): Promise<void> {
    await this.db.raw(
      `insert into relay_processes (id, beat_at) values (?, clock_timestamp() + interval '1 day')
       on conflict (id) do update set beat_at = excluded.beat_at`,
      [processId],
    );
  }

  async silence(processIds: readonly string[]): Promise<void> {
    await this.db('relay_processes')
      .whereIn('id', processIds)
      .update({ beat_at: this.db.raw(`clock_timestamp() - interval '1 minute'`) });
  }

  async close(): Promise<void> {
    await this.db.destroy();
    await this.database.drop();
  }

  private async addPeople(): Promise<void> {
    const people = [...users, patron, maker, ...operators];
    await this.db('users').insert(
      people.map((id) => ({
        id,
        email: `${id}@example.com`,
        handle: `u${id.slice(-12)}`,
        password_hash: 'none',
      })),
    );
    const committer = new Committer({
      databaseUrl: this.database.url,
      applicationName: 'lx-simulation-set-up',
    });
    const appointed = operators.map((id) => createOperators(committer).appointFirst(id, 'set-up'));
    await Promise.all(appointed);
    await committer.close();
    // All that is still to come is later than what the database's clock has timed, and than its reads will take it for.
    this.state.now = Math.ceil((Date.now() + hourMs) / grainMs) * grainMs;
    for (const id of people) {
      const role = operators.includes(id) ? 'operator' : 'user';
      this.state.users.set(id, { role, frozen: false, liveCalls: 0, proposedBy: null });
    }
  }
}
