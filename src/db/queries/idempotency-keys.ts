import { sql } from 'drizzle-orm';
import type { Database, Row } from '../client.ts';
import { idempotencyKeys } from '../schema/idempotency-keys.ts';

/** The response that is stored under an idempotency key, or the mark of the request that produces it. */
export interface StoredResponse {
  /** SHA-256 of the request. */
  readonly fingerprint: string;
  /** Null while a request produces the response, and for jobs, whose rows are the response. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>> | null;
  /** Null if it was too large to store. */
  readonly body: string | null;
  readonly jobId: string | null;
}

interface KeyClaim {
  readonly tenantId: string;
  readonly key: string;
  /** The token of the request that produces the response: every later write checks it. */
  readonly owner: string;
}

/**
 * Claims a key in one statement: a new key, an expired one, or one whose owner died before it stored a response. Returns
 * undefined if the claim succeeded, else the key's stored response.
 */
export async function claimIdempotencyKey(
  database: Database,
  { tenantId, key, owner, fingerprint, ownedMs }: KeyClaim & { readonly fingerprint: string; readonly ownedMs: number },
): Promise<StoredResponse | undefined> {
  const { rows } = await database.execute<Row<StoredResponse> & { claimed: boolean }>(sql`
    WITH claim AS (
      INSERT INTO ${idempotencyKeys} AS existing (tenant_id, key, fingerprint, owner, owned_until, expires_at)
      VALUES (${tenantId}, ${key}, ${fingerprint}, ${owner}, now() + ${ownedMs} * interval '1 millisecond',
        now() + interval '24 hours')
      ON CONFLICT (tenant_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, owner = excluded.owner,
        owned_until = excluded.owned_until, status = NULL, headers = NULL, body = NULL, job_id = NULL, created_at = now(),
        expires_at = excluded.expires_at
      WHERE existing.expires_at <= now()
        OR (existing.owner IS NOT NULL AND existing.owned_until <= now() AND existing.fingerprint = excluded.fingerprint)
      RETURNING true
    )
    SELECT true AS claimed, NULL AS fingerprint, NULL::integer AS status, NULL::jsonb AS headers, NULL AS body, NULL AS "jobId"
    FROM claim
    UNION ALL
    SELECT false, fingerprint, status, headers, body, job_id FROM ${idempotencyKeys}
    WHERE tenant_id = ${tenantId} AND key = ${key} AND NOT EXISTS (SELECT FROM claim)`);
  const [row] = rows;
  if (row?.claimed === true) return undefined;
  // A concurrent request inserted the key after this statement's snapshot: a second statement sees it.
  return row ?? (await findIdempotencyKey(database, tenantId, key)) ?? responseInProgress(fingerprint);
}

function responseInProgress(fingerprint: string): StoredResponse {
  return { fingerprint, status: null, headers: null, body: null, jobId: null };
}

/** Finds the stored response of a key that has not expired. */
export async function findIdempotencyKey(
  database: Database,
  tenantId: string,
  key: string,
): Promise<StoredResponse | undefined> {
  const { rows } = await database.execute<Row<StoredResponse>>(sql`
    SELECT fingerprint, status, headers, body, job_id AS "jobId" FROM ${idempotencyKeys}
    WHERE tenant_id = ${tenantId} AND key = ${key} AND expires_at > now()`);
  return rows[0];
}

/** Renews a claim. Returns false if another request has claimed the key. */
export async function renewIdempotencyKey(
  database: Database,
  { tenantId, key, owner, ownedMs }: KeyClaim & { readonly ownedMs: number },
): Promise<boolean> {
  const { rows } = await database.execute(sql`
    UPDATE ${idempotencyKeys} SET owned_until = now() + ${ownedMs} * interval '1 millisecond'
    WHERE tenant_id = ${tenantId} AND key = ${key} AND owner = ${owner} RETURNING true`);
  return rows.length > 0;
}

/** Stores the response of a claim until the key expires. */
export async function storeResponse(
  database: Database,
  { tenantId, key, owner }: KeyClaim,
  response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
  },
): Promise<void> {
  await database.execute(sql`
    UPDATE ${idempotencyKeys} SET owner = NULL, owned_until = NULL, status = ${response.status},
      headers = ${JSON.stringify(response.headers)}::jsonb, body = ${response.body}
    WHERE tenant_id = ${tenantId} AND key = ${key} AND owner = ${owner}`);
}

/** Releases a claim without a response, so that the request can be repeated. */
export async function releaseIdempotencyKey(database: Database, { tenantId, key, owner }: KeyClaim): Promise<void> {
  await database.execute(sql`
    DELETE FROM ${idempotencyKeys} WHERE tenant_id = ${tenantId} AND key = ${key} AND owner = ${owner}`);
}
