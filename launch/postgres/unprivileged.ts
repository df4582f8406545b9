// PostgreSQL refuses to run as root. Started as root (a container, a bare machine), its programs run as an
// unprivileged user who owns the data directory (DESIGN 7: works as root and not).
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

interface UserIds {
  uid: number;
  gid: number;
}

/** How to start a program: what to hand to `spawn`. */
export interface Launcher {
  /** Whose files the data directory's are; undefined when we are not root and own them ourselves. */
  owner: UserIds | undefined;
  wrap(program: string, args: string[]): { program: string; args: string[]; ids: Partial<UserIds> };
}

/**
 * Chooses how PostgreSQL's programs are started.
 *
 * As root: as the owner of an existing data directory, so that ownership is stable across starts, else as
 * `postgres` or `nobody`. A checkout under a home of mode 0700 such as /root is closed to that user; then the
 * program is given the one capability that opens it (CAP_DAC_READ_SEARCH, or CAP_DAC_OVERRIDE in containers
 * that hold only that), and none other. `no_setuid_fixup` keeps it effective in access(2), with which initdb
 * looks for its sibling programs.
 *
 * @param dataDir the data directory, which may not exist yet
 * @param paths what the user must be able to reach
 */
export function chooseLauncher(dataDir: string, paths: readonly string[]): Launcher {
  if (process.getuid?.() !== 0) {
    return { owner: undefined, wrap: (program, args) => ({ program, args, ids: {} }) };
  }
  const owner = existingOwner(dataDir) ?? lookUpUser('postgres') ?? lookUpUser('nobody');
  if (owner === undefined) {
    throw new Error(
      'PostgreSQL does not run as root and this system has neither a `postgres` nor a `nobody` user. Run as another user, or set DATABASE_URL.',
    );
  }
  if (paths.every((path) => isReachable(path, owner))) {
    return { owner, wrap: (program, args) => ({ program, args, ids: owner }) };
  }
  const capability = heldCapability();
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  if (capability === undefined || setpriv === undefined) {
    throw new Error(
      `PostgreSQL does not run as root, and the user that it would run as (uid ${owner.uid}) cannot reach ${paths.find((path) => !isReachable(path, owner))}. ` +
        'Move the checkout out of the closed folder, point DATA_DIR elsewhere, run as another user, or set DATABASE_URL.',
    );
  }
  const privileges = [
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--securebits=+no_setuid_fixup',
    `--inh-caps=+${capability}`,
    `--ambient-caps=+${capability}`,
  ];
  return {
    owner,
    wrap: (program, args) => ({
      program: setpriv,
      args: [...privileges, '--', program, ...args],
      ids: {},
    }),
  };
}

function existingOwner(dataDir: string): UserIds | undefined {
  if (!existsSync(dataDir)) return undefined;
  const { uid, gid } = statSync(dataDir);
  return uid === 0 ? undefined : { uid, gid };
}

function lookUpUser(name: string): UserIds | undefined {
  try {
    const ask = (flag: string) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }).trim());
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}

/** Whether every folder above `path` lets that user through; the nearest existing folder stands for a new path. */
function isReachable(path: string, user: UserIds): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder)) {
      const { uid, gid, mode } = statSync(folder);
      const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
      if (folder !== path && (mode & bit) === 0) return false;
    }
    if (dirname(folder) === folder) return true;
  }
}

const capabilities = [
  { name: 'dac_read_search', bit: 2n },
  { name: 'dac_override', bit: 1n },
] as const;

function heldCapability(): string | undefined {
  try {
    accessSync('/proc/self/status', constants.R_OK);
    const match = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    const held = BigInt(`0x${match?.[1] ?? '0'}`);
    return capabilities.find(({ bit }) => (held >> bit) & 1n)?.name;
  } catch {
    return undefined;
  }
}
