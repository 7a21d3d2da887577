import { neon, neonConfig } from '@neondatabase/serverless';
import { sql } from 'drizzle-orm';
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http';
import { GatewayError } from '../domain/errors.ts';
import { countSubrequest } from '../lib/subrequest-counter.ts';
import { withSilenceTimeout } from '../lib/with-silence-timeout.ts';

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
  /** Fails earlier if Postgres has answered nothing at all for so many milliseconds, not even `select 1`. Absent: `timeoutMs`. */
  readonly maxSilenceMs?: number;
}

/**
 * Opens the database over HTTP: each call is one statement or one batch, and no connection stays open between calls. What fails
 * because Postgres does not answer has an `unavailable` among its causes.
 */
export function openDatabase({ url, httpUrl, timeoutMs, maxSilenceMs = timeoutMs }: DatabaseOptions): Database {
  let answerCount = 0;
  const exchange: Exchange = async (neonUrl, init) => {
    const abort = new AbortController();
    const fetchWhole = async (request: RequestInit) => {
      countSubrequest();
      const response = await fetch(httpUrl ?? neonUrl, { ...request, signal: abort.signal });
      const body = await response.arrayBuffer();
      answerCount += 1;
      return { status: response.status, body };
    };
    // A statement may wait for a lock. Postgres is there all the same, if it answers this one.
    const onSilence = () => void fetchWhole({ ...init, body: probeBody }).catch(() => undefined);
    const limits = { maxMs: timeoutMs, maxSilenceMs, countSigns: () => answerCount, onSilence };
    try {
      const { status, body } = await withSilenceTimeout(limits, fetchWhole(init));
      if (isUnavailable(status, body)) throw new Error(`Postgres cannot answer (HTTP status ${status})`);
      return new Response(body, { status });
    } catch (cause) {
      throw unavailableError(cause);
    } finally {
      // Ends what is still under way: the statement that was given up, or the probe beside it.
      abort.abort();
    }
  };
  // The driver's settings are global. What belongs to one database travels with each of its requests.
  neonConfig.fetchFunction = (neonUrl: string, { exchange, ...init }: RequestInit & { exchange: Exchange }) =>
    exchange(neonUrl, init);
  return drizzle(neon(url, { fetchOptions: { exchange } }));
}

const probeBody = JSON.stringify({ query: 'select 1', params: [] });

/** Sends one request of the driver. */
type Exchange = (neonUrl: string, init: RequestInit) => Promise<Response>;

function unavailableError(cause: unknown): GatewayError {
  const message = 'The database does not answer right now. Try again in a moment.';
  return new GatewayError('unavailable', message, { cause, retryAfterSeconds: 1 });
}

/** SQLSTATE classes: no connection, no resources, an operator's intervention such as a shutdown or a statement time-out. */
const unavailableClasses = ['08', '53', '57'];

/** Status 400 carries an error of Postgres; other errors are of what stands before it. */
function isUnavailable(status: number, body: ArrayBuffer): boolean {
  if (status !== 400) return status >= 300;
  const [, sqlState = ''] = /"code":\s*"(\w{5})"/.exec(new TextDecoder().decode(body)) ?? [];
  return unavailableClasses.includes(sqlState.slice(0, 2));
}

/** Resolves if the database answers, rejects if it does not. */
export async function pingDatabase(database: Database): Promise<void> {
  await database.execute(sql`select 1`);
}
