// The lock on DATA_DIR.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLock, lockHolder, tryLock } from '../../launch/processes/lock-file';
import { identify } from '../../launch/processes/processes';
import { scratchFolder } from '../support/scratch';

describe('a lock file', () => {
  let folder: string;
  let path: string;
  const goneProcess = () => ({ pid: spawnSync('true').pid, startMark: '1' });

  beforeEach(() => {
    folder = scratchFolder('lx-lock-');
    path = join(folder, 'start.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is held by one, who is told to the next', () => {
    const lock = tryLock(path);
    expect(isLock(lock)).toBe(true);
    expect(tryLock(path)).toEqual({ holder: identify(process.pid) });
  });

  it('is free again after its release and leaves nothing behind', () => {
    const lock = tryLock(path);
    if (isLock(lock)) lock.release();
    expect(readdirSync(folder)).toEqual([]);
    expect(isLock(tryLock(path))).toBe(true);
  });

  it('of a process that is gone is free', () => {
    writeFileSync(path, JSON.stringify({ holder: goneProcess() }));
    expect(lockHolder(path)).toBeUndefined();
    expect(isLock(tryLock(path))).toBe(true);
  });

  it('is not that of another process which got the same number', () => {
    writeFileSync(path, JSON.stringify({ holder: { pid: process.pid, startMark: '1' } }));
    expect(isLock(tryLock(path))).toBe(true);
  });

  it('stays held while the guardian of a dead holder clears up', () => {
    const held = { holder: goneProcess(), guardian: identify(process.pid) };
    writeFileSync(path, JSON.stringify(held));
    expect(tryLock(path)).toEqual(held);
  });

  it('that was cut while being written is free', () => {
    writeFileSync(path, '{"holder":');
    expect(isLock(tryLock(path))).toBe(true);
  });
});
