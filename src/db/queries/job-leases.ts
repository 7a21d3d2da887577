import { sql } from 'drizzle-orm';
import type { JobStatus } from '../../domain/job.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ChatRequest } from '../../domain/request.ts';
import type { Database } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { jobs } from '../schema/jobs.ts';
import { tenants } from '../schema/tenants.ts';
import { principalJson, readPrincipal } from './principals.ts';
import type { LedgerRow } from './usage-ledger.ts';

/** A job that was claimed: what its run needs. */
export interface ClaimedJob {
  readonly id: string;
  /** Whom the job's key stands for now, which may be less than when the job was made. */
  readonly principal: Principal;
  readonly keyRevoked: boolean;
  readonly provider: string;
  readonly model: string;
  readonly call: Omit<ChatRequest, 'model'>;
  readonly webhookUrl: string | null;
  /** This attempt's number, from 1. */
  readonly attemptCount: number;
  /** The number of the job's newest event. */
  readonly eventCount: number;
}

/** A claim on a job. */
export interface Lease {
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
      RETURNING id, tenant_id, key_id, provider, model, call, webhook_url, attempt_count, event_count
    ), attempt AS (
      INSERT INTO job_attempts (job_id, number, request_id) SELECT id, attempt_count, ${requestId} FROM claimed
    )
    SELECT claimed.id, ${principalJson} AS principal, api_keys.revoked_at IS NOT NULL AS "keyRevoked", provider, model, call,
      claimed.webhook_url AS "webhookUrl", attempt_count AS "attemptCount", event_count AS "eventCount"
    FROM claimed JOIN ${apiKeys} ON api_keys.id = claimed.key_id JOIN ${tenants} ON tenants.id = claimed.tenant_id`);
  const [row] = rows;
  return row && ({ ...row, principal: readPrincipal(row.principal) } as ClaimedJob);
}

/** Renews a lease. False where the job is no longer this claim's to run: cancelled, claimed by another, or run out. */
export async function renewLease(
  database: Database,
  { id, token, leaseMs }: Lease & { leaseMs: number },
): Promise<boolean> {
  const { rows } = await database.execute(sql`
    UPDATE ${jobs} SET lease_expires_at = ${inFuture(leaseMs)}
    WHERE id = ${id} AND lease_token = ${token} AND status = 'RUNNING' AND lease_expires_at > now() RETURNING id`);
  return rows.length > 0;
}

/** How an attempt ended. */
export type AttemptEnd =
  | { readonly status: 'COMPLETED'; readonly result: string; readonly finishReason: string }
  | { readonly status: 'FAILED'; readonly errorCode: string; readonly errorMessage: string }
  | {
      readonly status: 'PENDING';
      readonly errorCode: string;
      readonly errorMessage: string;
      readonly delayMs: number;
      /** The call was not even begun: this was no attempt. */
      readonly skipAttemptCount?: boolean;
    };

/**
 * Ends an attempt and books what it used, in one statement: the new status and the ledger's row stand together or not at
 * all. A job that was cancelled meanwhile keeps its status and gets its tokens and cost. `rest` is the last of the text that
 * no event has told yet. Gives the job's status; undefined where the lease has run out: then nothing is written.
 */
export async function endAttempt(
  database: Database,
  { id, token }: Lease,
  end: AttemptEnd,
  row: LedgerRow | undefined,
  rest: string,
): Promise<JobStatus | undefined> {
  const error = end.status === 'COMPLETED' ? undefined : { ...end, errorMessage: storable(end.errorMessage) };
  const skipAttemptCount = end.status === 'PENDING' && end.skipAttemptCount === true;
  const ledger = row === undefined ? null : JSON.stringify(toColumns(row));
  const { rows } = await database.execute(sql`
    WITH mine AS (
      SELECT id, status, status = 'RUNNING' AND ${rest !== ''}::boolean AS has_rest FROM ${jobs} WHERE id = ${id}
        AND lease_token = ${token} AND (status = 'CANCELLED' OR (status = 'RUNNING' AND lease_expires_at > now()))
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
        tokens_in = coalesce(${row?.inputTokens ?? null}::integer, tokens_in),
        tokens_out = coalesce(${row?.outputTokens ?? null}::integer, tokens_out),
        cost_nano_usd = coalesce(${row?.costNanoUsd?.toString() ?? null}::bigint, cost_nano_usd),
        lease_token = NULL, lease_expires_at = NULL, event_count = event_count + mine.has_rest::integer,
        attempt_count = attempt_count - ${skipAttemptCount ? 1 : 0}::integer
      FROM mine WHERE jobs.id = mine.id
      RETURNING jobs.id, jobs.status, attempt_count, event_count, mine.has_rest
    ), chunk AS (
      INSERT INTO job_events (job_id, number, type, data)
      SELECT id, event_count - 1, 'chunk', jsonb_build_object('attempt', attempt_count, 'content', ${storable(rest)}::text)
      FROM job WHERE has_rest
    ), attempt AS (
      UPDATE job_attempts SET finished_at = now(), error_code = ${error?.errorCode ?? null}, error_message = ${error?.errorMessage ?? null}
      FROM job WHERE job_id = job.id AND number = job.attempt_count AND NOT ${skipAttemptCount}::boolean
    ), no_attempt AS (
      DELETE FROM job_attempts USING job WHERE job_id = job.id AND number = job.attempt_count + 1 AND ${skipAttemptCount}::boolean
    ), booked AS (
      INSERT INTO usage_ledger SELECT entry.* FROM job, json_populate_record(NULL::usage_ledger, ${ledger}::json) AS entry
      WHERE entry.request_id IS NOT NULL ON CONFLICT DO NOTHING
    )
    SELECT status FROM job`);
  return rows[0]?.status as JobStatus | undefined;
}

/**
 * Tells the text that a running attempt has produced since its last event. Safe to repeat: an event that is there already
 * under this number stays as it is. False where the lease has run out: then nothing is written.
 */
export async function appendChunk(
  database: Database,
  { id, token }: Lease,
  { number, content }: { readonly number: number; readonly content: string },
): Promise<boolean> {
  const { rows } = await database.execute(sql`
    WITH mine AS (
      SELECT id, event_count FROM ${jobs} WHERE id = ${id} AND lease_token = ${token} AND status = 'RUNNING'
        AND lease_expires_at > now() FOR UPDATE
    ), job AS (
      UPDATE ${jobs} SET event_count = ${number} FROM mine WHERE jobs.id = mine.id AND mine.event_count = ${number - 1}
      RETURNING jobs.id, attempt_count
    ), chunk AS (
      INSERT INTO job_events (job_id, number, type, data)
      SELECT id, ${number}, 'chunk', jsonb_build_object('attempt', attempt_count, 'content', ${storable(content)}::text)
      FROM job
    )
    SELECT id FROM mine`);
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
