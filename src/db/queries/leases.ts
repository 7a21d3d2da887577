import { type SQL, sql } from 'drizzle-orm';

/** A worker's claim on a row. */
export interface Lease {
  /** The id of the row. */
  readonly id: string;
  /** Every write of the worker checks it. */
  readonly token: string;
}

/** The condition that a row has this status and its lease is still held. */
export function holdsLease({ id, token }: Lease, status: 'PENDING' | 'RUNNING'): SQL {
  return sql`id = ${id} AND lease_token = ${token} AND status = ${sql.raw(`'${status}'`)} AND lease_expires_at > now()`;
}

/** The time `ms` milliseconds from now. */
export function inFuture(ms: number): SQL {
  return sql`now() + ${ms} * interval '1 millisecond'`;
}
