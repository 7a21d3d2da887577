import { type SQL, sql } from 'drizzle-orm';
import type { JobStatus } from '../../domain/job.ts';
import type { RequestTags } from '../../domain/logging.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ChatRequest } from '../../domain/request.ts';
import { toStorableText } from '../../lib/to-storable-text.ts';
import type { Database, Row } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { jobs } from '../schema/jobs.ts';
import { tenants } from '../schema/tenants.ts';
import { holdsLease, inFuture, type Lease } from './leases.ts';
import { type PrincipalJson, principalJson, readPrincipal } from './principals.ts';
import { type JobInput, type ResponseJobInput, toResponseJobInput } from './response-jobs.ts';
import { insertResponseStatement, type NewResponse } from './responses.ts';
import { insertRequestsStatement, type LedgerRow, toLedgerJson, type UsageRows } from './usage-ledger.ts';

/*
 * What the worker of a job writes. Each function is one statement, because the database is reached over HTTP: there are no transactions
 * over several round trips, and a statement is written as a whole or not at all. Each write checks the lease, so a worker whose lease
 * is lost changes nothing. Triggers of migrations/0002 number the events: a change of `status` adds 1 to `event_count`, writes the event
 * `status` with that number, and inserts the webhook delivery of a final status. A final status never changes; the trigger refuses it.
 */

/** A claimed job: what its run needs. */
export interface ClaimedJob {
  readonly id: string;
  readonly tenantId: string;
  /** The principal of the job's key as it is now, whose rights may be smaller than when the job was created. */
  readonly principal: Principal;
  readonly keyRevoked: boolean;
  readonly provider: string;
  readonly model: string;
  /** The route, or the models, that the client has named; null where it can run on provider and model only. */
  readonly models: readonly string[] | null;
  readonly input: ClaimedInput;
  /** To whom the request is attributed. */
  readonly endUser: string | null;
  readonly sessionId: string | null;
  readonly tags: RequestTags | null;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  readonly webhookUrl: string | null;
  /** The number of this attempt, from 1. */
  readonly attemptCount: number;
  /** The number of the job's newest event. */
  readonly eventCount: number;
}

/** What a job runs. */
export type ClaimedInput =
  | { readonly type: 'chat'; readonly chat: Omit<ChatRequest, 'model'> }
  | ({ readonly type: 'response' } & ResponseJobInput);

interface ClaimedRow extends Omit<ClaimedJob, 'principal' | 'input'>, Omit<JobInput, 'response'> {
  readonly principal: PrincipalJson;
  readonly responseRequest: string | null;
  readonly responseSettings: string | null;
}

/**
 * Claims a job that is due, or whose lease expired, in one statement; returns undefined if it is neither, or if its input has been
 * purged. Of several workers that claim a job at the same moment, one gets it. Apart from `claimDelivery`, because only a job changes
 * its status when it is claimed, and its run needs the principal of its key.
 */
export async function claimJob(
  database: Database,
  { id, token, leaseMs, requestId }: Lease & { readonly leaseMs: number; readonly requestId: string },
): Promise<ClaimedJob | undefined> {
  const { rows } = await database.execute<Row<ClaimedRow>>(sql`
    WITH claimed AS (
      UPDATE ${jobs} SET status = 'RUNNING', lease_token = ${token}, lease_expires_at = ${inFuture(leaseMs)},
        attempt_count = attempt_count + 1, started_at = coalesce(started_at, now())
      WHERE id = ${id} AND (call IS NOT NULL OR response_request IS NOT NULL)
        AND ((status = 'PENDING' AND next_attempt_at <= now()) OR (status = 'RUNNING' AND lease_expires_at < now()))
      RETURNING id, tenant_id, key_id, provider, model, models, call, response_request, response_settings, created_at, webhook_url,
        end_user, session_id, tags, attempt_count, event_count
    ), attempt AS (
      INSERT INTO job_attempts (job_id, number, request_id) SELECT id, attempt_count, ${requestId} FROM claimed
    )
    SELECT claimed.id, claimed.tenant_id AS "tenantId", ${principalJson} AS principal,
      api_keys.revoked_at IS NOT NULL AS "keyRevoked", provider, model, models, call, response_request AS "responseRequest",
      response_settings AS "responseSettings", (extract(epoch FROM claimed.created_at) * 1000)::double precision AS "createdAtMs",
      claimed.webhook_url AS "webhookUrl", claimed.end_user AS "endUser", session_id AS "sessionId", tags, attempt_count AS "attemptCount", event_count AS "eventCount"
    FROM claimed JOIN ${apiKeys} ON api_keys.id = claimed.key_id JOIN ${tenants} ON tenants.id = claimed.tenant_id`);
  const [row] = rows;
  if (!row) return undefined;
  const { call, responseRequest, responseSettings, ...job } = row;
  const response = toResponseJobInput({ responseRequest, responseSettings });
  const input: ClaimedInput | null = response
    ? { type: 'response', ...response }
    : call && { type: 'chat', chat: call };
  return input ? { ...job, input, principal: readPrincipal(row.principal) } : undefined;
}

/** Renews a lease. Returns false if the lease is lost: the job was cancelled, another worker claimed it, or it expired. */
export async function renewLease(
  database: Database,
  { leaseMs, ...lease }: Lease & { readonly leaseMs: number },
): Promise<boolean> {
  const { rows } = await database.execute(sql`
    UPDATE ${jobs} SET lease_expires_at = ${inFuture(leaseMs)} WHERE ${holdsLease(lease, 'RUNNING')} RETURNING id`);
  return rows.length > 0;
}

/** How an attempt ended. */
export type AttemptEnd =
  | {
      readonly status: 'COMPLETED';
      readonly result: string;
      readonly finishReason: string;
      /** The response that the job has made. It is stored if the job is completed. */
      readonly response?: NewResponse | undefined;
    }
  | { readonly status: 'FAILED'; readonly errorCode: string; readonly errorMessage: string }
  | {
      readonly status: 'PENDING';
      readonly errorCode: string;
      readonly errorMessage: string;
      readonly delayMs: number;
      /** The request did not start: the attempt does not count. */
      readonly skipAttemptCount?: boolean;
    };

/**
 * Ends an attempt and records its usage, in one statement: the new status and the ledger row are written together or not at
 * all. A job that was cancelled meanwhile keeps its status and gets its tokens and cost. `remaining` is the output that no
 * event contains yet. Returns the job's status; undefined if the lease expired: then nothing is written. Safe to repeat: the first
 * call gives the lease up, so another one returns undefined. A job that could run on several targets gets the one of the last ledger row.
 */
export async function endAttempt(
  database: Database,
  { id, token }: Lease,
  end: AttemptEnd,
  { attempts: ledgerRows, requests: requestRows }: UsageRows,
  remaining: JobOutput,
): Promise<JobStatus | undefined> {
  const error = end.status === 'COMPLETED' ? undefined : { ...end, errorMessage: toStorableText(end.errorMessage) };
  const result = end.status === 'COMPLETED' ? toStorableText(end.result) : null;
  const response = end.status === 'COMPLETED' ? end.response : undefined;
  const skipAttemptCount = end.status === 'PENDING' && end.skipAttemptCount === true;
  const ledger = JSON.stringify(ledgerRows.map(toLedgerJson));
  const [tokensIn, tokensOut, cost] = [
    sumUnlessNull(ledgerRows, 'inputTokens'),
    sumUnlessNull(ledgerRows, 'outputTokens'),
    sumCosts(ledgerRows),
  ];
  const target = ledgerRows.at(-1);
  const isEnded = sql`(leased.status = 'CANCELLED' OR ${end.status} <> 'PENDING') AND models IS NOT NULL`;
  // The last chunk has the number before that of the new status, which a trigger has added to `event_count`.
  const { rows } = await database.execute<{ status: JobStatus }>(sql`
    WITH leased AS (
      SELECT id, status, status = 'RUNNING' AND ${Boolean(remaining.content || remaining.events)}::boolean AS has_chunk FROM ${jobs} WHERE id = ${id}
        AND lease_token = ${token} AND (status = 'CANCELLED' OR (status = 'RUNNING' AND lease_expires_at > now()))
      FOR UPDATE
    ), job AS (
      UPDATE ${jobs} SET
        status = CASE WHEN leased.status = 'RUNNING' THEN ${end.status} ELSE leased.status END,
        result = CASE WHEN leased.status = 'RUNNING' THEN ${result} END,
        finish_reason = CASE WHEN leased.status = 'RUNNING' THEN ${end.status === 'COMPLETED' ? end.finishReason : null} END,
        error_code = CASE WHEN leased.status = 'RUNNING' AND ${end.status} = 'FAILED' THEN ${error?.errorCode ?? null} END,
        error_message = CASE WHEN leased.status = 'RUNNING' AND ${end.status} = 'FAILED' THEN ${error?.errorMessage ?? null} END,
        next_attempt_at = CASE WHEN ${end.status} = 'PENDING'
          THEN ${inFuture(end.status === 'PENDING' ? end.delayMs : 0)} ELSE next_attempt_at END,
        finished_at = CASE WHEN leased.status = 'RUNNING' AND ${end.status} <> 'PENDING' THEN now() ELSE finished_at END,
        provider = CASE WHEN ${isEnded} THEN coalesce(${target?.provider ?? null}, provider) ELSE provider END,
        model = CASE WHEN ${isEnded} THEN coalesce(${target?.model ?? null}, model) ELSE model END,
        tokens_in = coalesce(${tokensIn}::integer, tokens_in),
        tokens_out = coalesce(${tokensOut}::integer, tokens_out),
        cost_nano_usd = coalesce(${cost}::bigint, cost_nano_usd),
        lease_token = NULL, lease_expires_at = NULL, event_count = event_count + leased.has_chunk::integer,
        attempt_count = attempt_count - ${skipAttemptCount ? 1 : 0}::integer
      FROM leased WHERE jobs.id = leased.id
      RETURNING jobs.id, jobs.status, attempt_count, event_count, leased.has_chunk
    ), chunk AS (
      INSERT INTO job_events (job_id, number, type, data)
      SELECT id, event_count - 1, 'chunk', ${toChunkData(remaining)} FROM job WHERE has_chunk
    ), attempt AS (
      UPDATE job_attempts SET finished_at = now(), error_code = ${error?.errorCode ?? null}, error_message = ${error?.errorMessage ?? null}
      FROM job WHERE job_id = job.id AND number = job.attempt_count AND NOT ${skipAttemptCount}::boolean
    ), skipped_attempt AS (
      DELETE FROM job_attempts USING job WHERE job_id = job.id AND number = job.attempt_count + 1 AND ${skipAttemptCount}::boolean
    ), ledger AS (
      INSERT INTO usage_ledger SELECT entry.* FROM job, json_populate_recordset(NULL::usage_ledger, ${ledger}::json) AS entry
      ON CONFLICT DO NOTHING
    )${requestRows.length > 0 ? sql`, log AS (${insertRequestsStatement(requestRows, sql`job,`)})` : sql``}${response ? sql`, response AS (${insertResponseStatement(response, sql`FROM job JOIN ${tenants} ON tenants.id = ${response.tenantId} WHERE job.status = 'COMPLETED'`)})` : sql``}
    SELECT status FROM job`);
  return rows[0]?.status;
}

/** Sums a count of the attempts of a request; null where none has counted it. */
function sumUnlessNull(rows: readonly LedgerRow[], name: 'inputTokens' | 'outputTokens'): number | null {
  const counts = rows.flatMap((row) => row[name] ?? []);
  return counts.length > 0 ? counts.reduce((sum, count) => sum + count, 0) : null;
}

/** Sums what the attempts of a request cost, as text; null where the price of none is known. */
function sumCosts(rows: readonly LedgerRow[]): string | null {
  const costs = rows.flatMap(({ costNanoUsd }) => costNanoUsd ?? []);
  return costs.length > 0 ? costs.reduce((sum, cost) => sum + cost, 0n).toString() : null;
}

/** What a running job has produced. */
export interface JobOutput {
  /** The text of the reply. */
  readonly content: string;
  /** Events of the Responses protocol, one line of JSON each. Absent or empty for other jobs. */
  readonly events?: string | undefined;
}

/** Events are JSON, which has no character that Postgres cannot store. */
function toChunkData({ content, events }: JobOutput): SQL {
  return sql`jsonb_strip_nulls(jsonb_build_object('attempt', attempt_count, 'content', ${toStorableText(content)}::text,
    'events', ${events || null}::text))`;
}

/**
 * Writes the output that a running attempt has produced since its last event. Safe to repeat: an event with this number stays
 * as it is, and the call returns true. Returns false if the lease is lost: then nothing is written. `number` is one above that
 * of the newest event: with another one nothing is written, so that events have no gaps.
 */
export async function appendChunk(
  database: Database,
  lease: Lease,
  { number, ...output }: JobOutput & { readonly number: number },
): Promise<boolean> {
  const { rows } = await database.execute(sql`
    WITH leased AS (
      SELECT id, event_count FROM ${jobs} WHERE ${holdsLease(lease, 'RUNNING')} FOR UPDATE
    ), job AS (
      UPDATE ${jobs} SET event_count = ${number} FROM leased WHERE jobs.id = leased.id AND leased.event_count = ${number - 1}
      RETURNING jobs.id, attempt_count
    ), chunk AS (
      INSERT INTO job_events (job_id, number, type, data)
      SELECT id, ${number}, 'chunk', ${toChunkData(output)} FROM job
    )
    SELECT id FROM leased`);
  return rows.length > 0;
}
