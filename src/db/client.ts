import { neon, neonConfig } from '@neondatabase/serverless';
import { sql } from 'drizzle-orm';
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http';

export type Database = NeonHttpDatabase;

interface DatabaseOptions {
  /** `postgres://…`, as Neon shows it. */
  readonly url: string;
  /** Where Neon's HTTP protocol is spoken if not at the host that the driver derives from `url`. */
  readonly httpUrl?: string | undefined;
  /** How long one statement or batch may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Opens the database over HTTP: each call is one statement or one batch, and nothing is held between calls. */
export function openDatabase({ url, httpUrl, timeoutMs }: DatabaseOptions): Database {
  if (httpUrl !== undefined) neonConfig.fetchEndpoint = httpUrl;
  neonConfig.fetchFunction = (input: RequestInfo, init: RequestInit) =>
    fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  return drizzle(neon(url));
}

/** Resolves where the database answers, rejects where it does not. */
export async function pingDatabase(database: Database): Promise<void> {
  await database.execute(sql`select 1`);
}
