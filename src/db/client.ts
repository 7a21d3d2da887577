import { neon, neonConfig } from '@neondatabase/serverless';
import { sql } from 'drizzle-orm';
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http';

export type Database = NeonHttpDatabase;

/**
 * The rows of a raw statement, whose columns are the fields of `T`: `database.execute<Row<T>>`. The driver does not check
 * them. drizzle wants an index signature, which an interface lacks.
 */
export type Row<T> = { readonly [Name in keyof T]: T[Name] };

interface DatabaseOptions {
  /** `postgres://…`, as Neon shows it. */
  readonly url: string;
  /** The endpoint of Neon's HTTP protocol, if it is not at the host that the driver derives from `url`. */
  readonly httpUrl?: string | undefined;
  /** The time limit of one statement or batch, in milliseconds. */
  readonly timeoutMs: number;
}

/** Opens the database over HTTP: each call is one statement or one batch, and no connection stays open between calls. */
export function openDatabase({ url, httpUrl, timeoutMs }: DatabaseOptions): Database {
  if (httpUrl !== undefined) neonConfig.fetchEndpoint = httpUrl;
  neonConfig.fetchFunction = (input: RequestInfo, init: RequestInit) =>
    fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  return drizzle(neon(url));
}

/** Resolves if the database answers, rejects if it does not. */
export async function pingDatabase(database: Database): Promise<void> {
  await database.execute(sql`select 1`);
}
