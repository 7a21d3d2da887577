import { sql } from 'drizzle-orm';
import type { ChatCall } from '../../core/call.ts';
import type { Database } from '../client.ts';
import { jobs } from '../schema/jobs.ts';
import type { LedgerRow } from './usage-ledger.ts';

/** A job that was claimed: what its run needs. */
export interface ClaimedJob {
  readonly id: string;
  readonly tenantId: string;
  readonly keyId: string;
  readonly provider: string;
  readonly model: string;
  readonly call: Omit<ChatCall, 'model'>;
  /** This attempt's number, from 1. */
  readonly attemptCount: number;
}

interface Lease {
  readonly id: string;
  readonly token: string;
}

const inFuture = (ms: number) => sql`now() + ${ms} * interval '1 millisecond'`;

/**
 * Claims a job that is due, or whose lease ran out, in one statement; undefined where it is neither. The claim's token is
 * asked for by every later write.
 */
export async function claimJob(
  database: Database,
  { id, token, leaseMs, requestId }: Lease & { readonly leaseMs: number; readonly requestId: string },
): Promise<ClaimedJob | undefined> {
  const { rows } = await database.execute(sql`
    WITH claimed AS (
      UPDATE ${jobs} SET status = 'RUNNING', lease_token = ${token}, lease_expires_at = ${inFuture(leaseMs)},
        attempt_count = attempt_count + 1, started_at = coalesce(started_at, now())
      WHERE id = ${id} AND call IS NOT NULL
        AND ((status = 'PENDING' AND next_attempt_at <= now()) OR (status = 'RUNNING' AND lease_expires_at < now()))
      RETURNING id, tenant_id, key_id, provider, model, call, attempt_count
    ), attempt AS (
      INSERT INTO job_attempts (job_id, number, request_id) SELECT id, attempt_count, ${requestId} FROM claimed
    )
    SELECT id, tenant_id AS "tenantId", key_id AS "keyId", provider, model, call, attempt_count AS "attemptCount"
    FROM claimed`);
  return rows[0] as ClaimedJob | undefined;
}

/** Renews a lease. False where the job is no longer this claim's to run: cancelled, or claimed by another. */
export async function renewLease(
  database: Database,
  { id, token, leaseMs }: Lease & { leaseMs: number },
): Promise<boolean> {
  const { rows } = await database.execute(sql`
    UPDATE ${jobs} SET lease_expires_at = ${inFuture(leaseMs)}
    WHERE id = ${id} AND lease_token = ${token} AND status = 'RUNNING' RETURNING id`);
  return rows.length > 0;
}

/** How an attempt ended. */
export type AttemptEnd =
  | { readonly status: 'COMPLETED'; readonly result: string; readonly finishReason: string }
  | { readonly status: 'FAILED'; readonly errorCode: string; readonly errorMessage: string }
  | { readonly status: 'PENDING'; readonly errorCode: string; readonly errorMessage: string; readonly delayMs: number };

/**
 * Ends an attempt and books what it used, in one statement: the new status and the ledger's row stand together or not at
 * all. A job that was cancelled meanwhile keeps its status and gets its tokens and cost. False where the lease is another's
 * by now: then nothing is written.
 */
export async function endAttempt(
  database: Database,
  { id, token }: Lease,
  end: AttemptEnd,
  row: LedgerRow | undefined,
): Promise<boolean> {
  const error = end.status === 'COMPLETED' ? undefined : { ...end, errorMessage: storable(end.errorMessage) };
  const ledger = row === undefined ? null : JSON.stringify(toColumns(row));
  const { rows } = await database.execute(sql`
    WITH mine AS (
      SELECT id, status FROM ${jobs} WHERE id = ${id} AND lease_token = ${token} AND status IN ('RUNNING', 'CANCELLED')
      FOR UPDATE
    ), job AS (
      UPDATE ${jobs} SET
        status = CASE WHEN mine.status = 'RUNNING' THEN ${end.status} ELSE mine.status END,
        result = CASE WHEN mine.status = 'RUNNING' THEN ${end.status === 'COMPLETED' ? storable(end.result) : null} END,
        finish_reason = CASE WHEN mine.status = 'RUNNING' THEN ${end.status === 'COMPLETED' ? end.finishReason : null} END,
        error_code = CASE WHEN mine.status = 'RUNNING' AND ${end.status} = 'FAILED' THEN ${error?.errorCode ?? null} END,
        error_message = CASE WHEN mine.status = 'RUNNING' AND ${end.status} = 'FAILED' THEN ${error?.errorMessage ?? null} END,
        next_attempt_at = CASE WHEN ${end.status} = 'PENDING'
          THEN ${inFuture(end.status === 'PENDING' ? end.delayMs : 0)} ELSE next_attempt_at END,
        finished_at = CASE WHEN mine.status = 'RUNNING' AND ${end.status} <> 'PENDING' THEN now() ELSE finished_at END,
        tokens_in = ${row?.inputTokens ?? null}::integer, tokens_out = ${row?.outputTokens ?? null}::integer,
        cost_nano_usd = ${row?.costNanoUsd?.toString() ?? null}::bigint,
        lease_token = NULL, lease_expires_at = NULL
      FROM mine WHERE jobs.id = mine.id
      RETURNING jobs.id, attempt_count
    ), attempt AS (
      UPDATE job_attempts SET finished_at = now(), error_code = ${error?.errorCode ?? null}, error_message = ${error?.errorMessage ?? null}
      FROM job WHERE job_id = job.id AND number = job.attempt_count
    ), booked AS (
      INSERT INTO usage_ledger SELECT entry.* FROM job, json_populate_record(NULL::usage_ledger, ${ledger}::json) AS entry
      WHERE entry.request_id IS NOT NULL ON CONFLICT DO NOTHING
    )
    SELECT id FROM job`);
  return rows.length > 0;
}

/** Postgres has no NUL in a text, and no half of a character. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

/** A row of the ledger by the names of its columns. */
function toColumns(row: LedgerRow): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      typeof value === 'bigint' ? value.toString() : value,
    ]),
  );
}
