import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { StartError } from './start-error.ts';

/** What is known about the process that holds a data folder. Advice only: the lock alone decides. */
interface Owner {
  readonly pid: number;
  readonly url: string;
  readonly stopping: boolean;
}

/** The folder where the local stack keeps its data, locked for this process. */
export interface DataFolder {
  /** As it was given, for messages. */
  readonly name: string;
  readonly path: (part: string) => string;
  /** Tells a start that comes too early that waiting is worth while. */
  readonly announceStop: () => void;
  readonly unlock: () => void;
}

const waitMs = 1_500;
const waitForStopMs = 5_000;

/**
 * Makes the folder and locks it. The lock is one that the operating system holds for this process (SQLite's, by way of
 * an exclusive transaction), so that it ends with the process however that dies, and no process id is ever trusted.
 */
export async function openDataFolder(name: string, url: string): Promise<DataFolder> {
  const root = resolve(name);
  const path = (part: string) => join(root, part);
  const lock = await lockFolder(name, path);
  const announce = (stopping: boolean) =>
    writeFileSync(path('owner.json'), JSON.stringify({ pid: process.pid, url, stopping } satisfies Owner));
  announce(false);
  return { name, path, announceStop: () => announce(true), unlock: () => lock.close() };
}

async function lockFolder(name: string, path: (part: string) => string): Promise<DatabaseSync> {
  const started = Date.now();
  while (true) {
    const lock = tryLock(name, path);
    if (lock !== undefined) return lock;
    const owner = readOwner(path('owner.json'));
    if (Date.now() - started > (owner?.stopping === true ? waitForStopMs : waitMs)) {
      const who = owner === undefined ? 'another start' : `process ${owner.pid}, ${owner.url}`;
      throw new StartError(
        `The data folder ${name} is in use (${who}). Stop that one, or set LOCAL_DATA_DIR to another folder and API_PORT to another port.`,
      );
    }
    await wait(100);
  }
}

/** Node's own `recursive` goes round for ever where a folder is there and none can be made in it, as in /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeFolder(dirname(path));
    makeFolder(path);
  }
}

/** Undefined where another process holds the lock. */
function tryLock(name: string, path: (part: string) => string): DatabaseSync | undefined {
  try {
    makeFolder(path('.'));
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
