import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { ServiceVariables } from './worker-variables.ts';

const servicesFileSchema = z.object({
  pid: z.int(),
  variables: z.object({
    DATABASE_URL: z.string(),
    DATABASE_HTTP_URL: z.string(),
    UPSTASH_REDIS_REST_URL: z.string(),
    UPSTASH_REDIS_REST_TOKEN: z.string(),
  }),
});

/**
 * Writes a file to the data folder by which other commands of this user find the Postgres and the Redis of this
 * process. Returns the function that removes it.
 */
export function writeServicesFile(dataDir: string, variables: ServiceVariables): () => void {
  const path = getServicesPath(dataDir);
  const content: z.infer<typeof servicesFileSchema> = { pid: process.pid, variables };
  // An existing file would keep its mode.
  rmSync(path, { force: true });
  writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
  return () => rmSync(path, { force: true });
}

/** Reads the addresses of the local stack on a data folder; undefined if none is running. */
export function readRunningServices(dataDir: string): ServiceVariables | undefined {
  if (dataDir === 'memory') return undefined;
  try {
    const { pid, variables } = servicesFileSchema.parse(JSON.parse(readFileSync(getServicesPath(dataDir), 'utf8')));
    // A stack that was killed has left its file behind.
    process.kill(pid, 0);
    return variables;
  } catch {
    return undefined;
  }
}

function getServicesPath(dataDir: string): string {
  return join(resolve(dataDir), 'services.json');
}
