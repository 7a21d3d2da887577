import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { ServiceVariables } from './worker-variables.ts';

const announcementSchema = z.object({
  pid: z.int(),
  variables: z.object({
    DATABASE_URL: z.string(),
    DATABASE_HTTP_URL: z.string(),
    UPSTASH_REDIS_REST_URL: z.string(),
    UPSTASH_REDIS_REST_TOKEN: z.string(),
  }),
});

/**
 * Tells other commands of this machine's user where the Postgres and the Redis of this process are, by a file in the data
 * folder. Gives the way to take it back.
 */
export function writeServicesFile(dataDir: string, variables: ServiceVariables): () => void {
  const path = pathIn(dataDir);
  const announcement: z.infer<typeof announcementSchema> = { pid: process.pid, variables };
  // A file that is there already keeps its mode.
  rmSync(path, { force: true });
  writeFileSync(path, JSON.stringify(announcement), { mode: 0o600 });
  return () => rmSync(path, { force: true });
}

/** Where the services of the local stack on a data folder are; undefined where none is running. */
export function readRunningServices(dataDir: string): ServiceVariables | undefined {
  if (dataDir === 'memory') return undefined;
  try {
    const { pid, variables } = announcementSchema.parse(JSON.parse(readFileSync(pathIn(dataDir), 'utf8')));
    // A stack that was killed has left its file behind.
    process.kill(pid, 0);
    return variables;
  } catch {
    return undefined;
  }
}

function pathIn(dataDir: string): string {
  return join(resolve(dataDir), 'services.json');
}
