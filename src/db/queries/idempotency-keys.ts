import { sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { idempotencyKeys } from '../schema/idempotency-keys.ts';

/** What is known under an idempotency key. */
export interface StoredResponse {
  /** SHA-256 of what was asked. */
  readonly fingerprint: string;
  /** Null while somebody is working on the answer, and for jobs, whose rows are the answer. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>> | null;
  /** Null where it was too large to be kept. */
  readonly body: string | null;
  readonly jobId: string | null;
}

interface Claim {
  readonly tenantId: string;
  readonly key: string;
  /** Who works on the answer: asked for by every later write. */
  readonly owner: string;
}

/**
 * Claims a key in one statement: it is new, has run out, or its owner has died before the answer stood. Gives undefined
 * where it was claimed, else what is known under it.
 */
export async function claimIdempotencyKey(
  database: Database,
  { tenantId, key, owner, fingerprint, ownedMs }: Claim & { readonly fingerprint: string; readonly ownedMs: number },
): Promise<StoredResponse | undefined> {
  const { rows } = await database.execute(sql`
    WITH claimed AS (
      INSERT INTO ${idempotencyKeys} AS known (tenant_id, key, fingerprint, owner, owned_until, expires_at)
      VALUES (${tenantId}, ${key}, ${fingerprint}, ${owner}, now() + ${ownedMs} * interval '1 millisecond',
        now() + interval '24 hours')
      ON CONFLICT (tenant_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, owner = excluded.owner,
        owned_until = excluded.owned_until, status = NULL, headers = NULL, body = NULL, job_id = NULL, created_at = now(),
        expires_at = excluded.expires_at
      WHERE known.expires_at <= now()
        OR (known.owner IS NOT NULL AND known.owned_until <= now() AND known.fingerprint = excluded.fingerprint)
      RETURNING true
    )
    SELECT true AS claimed, NULL AS fingerprint, NULL::integer AS status, NULL::jsonb AS headers, NULL AS body, NULL AS "jobId"
    FROM claimed
    UNION ALL
    SELECT false, fingerprint, status, headers, body, job_id FROM ${idempotencyKeys}
    WHERE tenant_id = ${tenantId} AND key = ${key} AND NOT EXISTS (SELECT FROM claimed)`);
  const [row] = rows;
  if (row?.claimed === true) return undefined;
  // Somebody made the key in the same moment, and this statement's snapshot is from before: the next look sees it.
  if (!row) return (await findIdempotencyKey(database, tenantId, key)) ?? inFlight(fingerprint);
  return row as unknown as StoredResponse;
}

function inFlight(fingerprint: string): StoredResponse {
  return { fingerprint, status: null, headers: null, body: null, jobId: null };
}

/** What is known under a key that has not run out. */
export async function findIdempotencyKey(
  database: Database,
  tenantId: string,
  key: string,
): Promise<StoredResponse | undefined> {
  const { rows } = await database.execute(sql`
    SELECT fingerprint, status, headers, body, job_id AS "jobId" FROM ${idempotencyKeys}
    WHERE tenant_id = ${tenantId} AND key = ${key} AND expires_at > now()`);
  return rows[0] as StoredResponse | undefined;
}

/** Keeps a claim alive. False where it is another's by now. */
export async function renewIdempotencyKey(
  database: Database,
  { tenantId, key, owner, ownedMs }: Claim & { readonly ownedMs: number },
): Promise<boolean> {
  const { rows } = await database.execute(sql`
    UPDATE ${idempotencyKeys} SET owned_until = now() + ${ownedMs} * interval '1 millisecond'
    WHERE tenant_id = ${tenantId} AND key = ${key} AND owner = ${owner} RETURNING true`);
  return rows.length > 0;
}

/** Writes the answer of a claim, which then stands until the key runs out. */
export async function storeResponse(
  database: Database,
  { tenantId, key, owner }: Claim,
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string | null },
): Promise<void> {
  await database.execute(sql`
    UPDATE ${idempotencyKeys} SET owner = NULL, owned_until = NULL, status = ${answer.status},
      headers = ${JSON.stringify(answer.headers)}::jsonb, body = ${answer.body}
    WHERE tenant_id = ${tenantId} AND key = ${key} AND owner = ${owner}`);
}

/** Gives a claim up, so that the same call can be made anew. */
export async function releaseIdempotencyKey(database: Database, { tenantId, key, owner }: Claim): Promise<void> {
  await database.execute(sql`
    DELETE FROM ${idempotencyKeys} WHERE tenant_id = ${tenantId} AND key = ${key} AND owner = ${owner}`);
}
