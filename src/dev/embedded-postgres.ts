import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import type { DataFolder } from './data-folder.ts';
import { StartError } from './start-error.ts';

/** The major version of the Postgres in PGlite, as PG_VERSION in a data folder has it. */
export const embeddedPostgresVersion = '18';

/** Opens the embedded Postgres in its folder, and creates the folder if it is absent. Without a folder, in memory. */
export async function openEmbeddedPostgres(folder: DataFolder | undefined): Promise<PGlite> {
  if (folder === undefined) return PGlite.create();
  const path = folder.path('postgres');
  if (!existsSync(path)) await createCluster(folder, path);
  checkVersion(folder, path);
  try {
    return await PGlite.create(path);
  } catch (error) {
    throw new StartError(
      `The database in ${folder.name}/postgres cannot be opened (${(error as Error).message}). Set LOCAL_DATA_DIR to another folder, or remove this one to start afresh.`,
    );
  }
}

/** Creates the database under another name first: one that is incomplete must never be taken for a database. */
async function createCluster(folder: DataFolder, path: string): Promise<void> {
  const partial = folder.path('postgres.partial');
  rmSync(partial, { recursive: true, force: true });
  const database = await PGlite.create(partial);
  await database.close();
  renameSync(partial, path);
}

function checkVersion(folder: DataFolder, path: string): void {
  const name = `${folder.name}/postgres`;
  let version: string;
  try {
    version = readFileSync(`${path}/PG_VERSION`, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`${name} is not a database that can be read (${code}). Set LOCAL_DATA_DIR to another folder.`);
  }
  if (version === embeddedPostgresVersion) return;
  throw new StartError(
    `The database in ${name} is of Postgres ${version}, and the embedded one is ${embeddedPostgresVersion}. Use the version of this project that made it, or set LOCAL_DATA_DIR to another folder.`,
  );
}
