// A lock that is a file naming its holder: one start per DATA_DIR, one build per cache. A holder that is gone
// holds nothing.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { identify, isSameProcess, type ProcessIdentity } from './processes';

export interface LockHolder {
  holder: ProcessIdentity;
  /** A process that cleans up after the holder; the lock is not free before it has ended. */
  guardian?: ProcessIdentity;
}

export interface Lock {
  /** Names a guardian, once there is one. */
  update(guardian: ProcessIdentity): void;
  release(): void;
}

/** Takes the lock, or tells who has it. */
export function tryLock(path: string): Lock | LockHolder {
  const own: LockHolder = { holder: identify(process.pid) };
  const beside = `${path}.${process.pid}`;
  for (;;) {
    writeFileSync(beside, JSON.stringify(own), { mode: 0o600 });
    try {
      linkSync(beside, path);
      return {
        update(guardian) {
          writeFileSync(beside, JSON.stringify({ ...own, guardian }), { mode: 0o600 });
          renameSync(beside, path);
        },
        release: () => rmSync(path, { force: true }),
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(beside, { force: true });
    }
    const found = readHolder(path);
    if (found && isHeld(found)) return found;
    discard(path, found);
  }
}

export function isLock(result: Lock | LockHolder): result is Lock {
  return 'release' in result;
}

/** Who holds the lock now; undefined when nobody does. */
export function lockHolder(path: string): LockHolder | undefined {
  const found = readHolder(path);
  return found && isHeld(found) ? found : undefined;
}

function readHolder(path: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}

function isHeld(found: LockHolder): boolean {
  return isSameProcess(found.holder) || (!!found.guardian && isSameProcess(found.guardian));
}

/** Two starts may discard the same dead lock; the slower one must not take away the faster one's new lock. */
function discard(path: string, seen: LockHolder | undefined): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const taken = readHolder(aside);
  if (taken && taken.holder.pid !== seen?.holder.pid && isHeld(taken)) {
    try {
      linkSync(aside, path);
    } catch {
      // Somebody has locked meanwhile; the loop will see who.
    }
  }
  rmSync(aside, { force: true });
}
