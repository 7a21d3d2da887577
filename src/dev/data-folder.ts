import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { StartError } from './start-error.ts';

/** The process that holds a data folder, for messages. The lock alone decides. */
interface Owner {
  readonly pid: number;
  readonly url: string;
  readonly stopping: boolean;
}

/** The folder with the data of the local stack, locked for this process. */
export interface DataFolder {
  /** As the setting names it, for messages. */
  readonly name: string;
  readonly path: (part: string) => string;
  /** Records that this process is stopping, so that another start waits for it. */
  readonly markStopping: () => void;
  readonly unlock: () => void;
}

const maxWaitMs = 1_500;
const maxWaitForStopMs = 5_000;

/**
 * Creates the folder and locks it. The operating system holds the lock for this process (SQLite's, by an exclusive
 * transaction). So it ends with the process, however that dies, and no process id is trusted.
 */
export async function openDataFolder(name: string, url: string): Promise<DataFolder> {
  const root = resolve(name);
  const path = (part: string) => join(root, part);
  const lock = await lockFolder(name, path);
  const writeOwner = (stopping: boolean) =>
    writeFileSync(path('owner.json'), JSON.stringify({ pid: process.pid, url, stopping } satisfies Owner));
  writeOwner(false);
  return { name, path, markStopping: () => writeOwner(true), unlock: () => lock.close() };
}

async function lockFolder(name: string, path: (part: string) => string): Promise<DatabaseSync> {
  const startedAtMs = Date.now();
  while (true) {
    const lock = tryLock(name, path);
    if (lock !== undefined) return lock;
    const owner = readOwner(path('owner.json'));
    if (Date.now() - startedAtMs > (owner?.stopping === true ? maxWaitForStopMs : maxWaitMs)) {
      const ownerName = owner === undefined ? 'another start' : `process ${owner.pid}, ${owner.url}`;
      throw new StartError(
        `The data folder ${name} is in use (${ownerName}). Stop that one, or set LOCAL_DATA_DIR to another folder and API_PORT to another port.`,
      );
    }
    await wait(100);
  }
}

/**
 * Creates a folder and its parents. Node's own `recursive` loops for ever where the parent exists and nothing can be
 * created in it, as in /proc.
 */
function createFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    createFolder(dirname(path));
    createFolder(path);
  }
}

/** Locks the folder. Returns undefined while another process holds the lock. */
function tryLock(name: string, path: (part: string) => string): DatabaseSync | undefined {
  try {
    createFolder(path('.'));
    const database = new DatabaseSync(path('lock.db'));
    try {
      database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
      return database;
    } catch (error) {
      database.close();
      if (/database is locked/.test((error as Error).message)) return undefined;
      throw error;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(
      `The data folder ${name} cannot be used (${code === 'ERR_SQLITE_ERROR' ? message : code}). Set LOCAL_DATA_DIR to a folder that you may write to.`,
    );
  }
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}
