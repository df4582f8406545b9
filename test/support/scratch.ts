// Where tests put what they need on a disk. Every test has a database of its own, of hundreds of files made and deleted again,
// and file systems on disks take longer for those than PostgreSQL for all the rest.
import { mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux's file system in memory; elsewhere, and in containers, it is missing or too small. */
const inMemory = '/dev/shm';
const neededBytes = 4 * 1024 ** 3;

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= neededBytes;
  } catch {
    return false;
  }
}

/** A new folder, in memory where there is room for it; whoever asks for it deletes it. */
export function scratchFolder(prefix: string): string {
  return mkdtempSync(join(hasRoom(inMemory) ? inMemory : tmpdir(), prefix));
}
