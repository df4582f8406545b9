// The schema's history, in order. Names carry no extension, so that sources and built files agree on them.
import knex, { type Knex } from 'knex';
import * as ledger from './0001-ledger';
import * as identity from './0002-identity';
import * as catalog from './0003-catalog';
import * as credits from './0004-credits';
import * as relayCalls from './0005-relay-calls';
import * as workflowCommands from './0006-workflow-commands';
import * as operatorProposals from './0007-operator-proposals';
import * as apiKeyMakers from './0008-api-key-makers';
import * as domains from './0009-domains';
import * as exchange from './0010-exchange';
import * as mark from './0011-mark';
import * as proofs from './0012-proofs';
import * as buybacks from './0013-buybacks';
import * as roots from './0014-roots';
import * as slicesAndProofs from './0015-slices-and-proofs';
import * as staking from './0016-staking';
import * as wars from './0017-wars';
import * as journalTime from './0018-journal-time';
import * as governance from './0019-governance';
import * as imos from './0020-imos';
import * as predictions from './0021-predictions';
import * as margin from './0022-margin';
import * as units from './0023-units';
import * as videos from './0024-videos';
import * as accountKeys from './0025-account-keys';
import * as platformTrades from './0026-platform-trades';

interface Migration {
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

const migrations: readonly (readonly [name: string, migration: Migration])[] = [
  ['0001-ledger', ledger],
  ['0002-identity', identity],
  ['0003-catalog', catalog],
  ['0004-credits', credits],
  ['0005-relay-calls', relayCalls],
  ['0006-workflow-commands', workflowCommands],
  ['0007-operator-proposals', operatorProposals],
  ['0008-api-key-makers', apiKeyMakers],
  ['0009-domains', domains],
  ['0010-exchange', exchange],
  ['0011-mark', mark],
  ['0012-proofs', proofs],
  ['0013-buybacks', buybacks],
  ['0014-roots', roots],
  ['0015-slices-and-proofs', slicesAndProofs],
  ['0016-staking', staking],
  ['0017-wars', wars],
  ['0018-journal-time', journalTime],
  ['0019-governance', governance],
  ['0020-imos', imos],
  ['0021-predictions', predictions],
  ['0022-margin', margin],
  ['0023-units', units],
  ['0024-videos', videos],
  ['0025-account-keys', accountKeys],
  ['0026-platform-trades', platformTrades],
];

const migrationSource: Knex.MigrationSource<readonly [string, Migration]> = {
  getMigrations: () => Promise.resolve([...migrations]),
  getMigrationName: ([name]) => name,
  getMigration: ([, migration]) => Promise.resolve(migration),
};

/** Brings a database to the newest schema; returns the names of the migrations that ran. */
export async function migrateToLatest(databaseUrl: string): Promise<string[]> {
  const db = knex({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: 1 } });
  try {
    const [, names] = (await db.migrate.latest({ migrationSource })) as [number, string[]];
    return names;
  } finally {
    await db.destroy();
  }
}
