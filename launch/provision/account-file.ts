// Keys and passwords of the set-up's own accounts (DESIGN 7), beside the data and readable by its owner only, so that
// every start can print them, and act with them, again.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What is kept of an account beside the data. */
interface StoredAccount {
  readonly email: string;
  /** Unknown when the account was there before the file. */
  readonly password: string | null;
  readonly apiKey: string;
}

export interface AccountStore {
  readonly accounts: Map<string, StoredAccount>;
  save(): void;
}

export function openAccounts(path: string): AccountStore {
  const accounts = new Map<string, StoredAccount>(
    existsSync(path)
      ? Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, StoredAccount>)
      : [],
  );
  return {
    accounts,
    save() {
      const beside = `${path}.${process.pid}`;
      const text = JSON.stringify(Object.fromEntries(accounts), null, 2);
      writeFileSync(beside, `${text}\n`, { mode: 0o600 });
      renameSync(beside, path);
    },
  };
}
