import { desc, eq, inArray, sql } from 'drizzle-orm';
import type { Limits } from '../../domain/limits.ts';
import type { Scope } from '../../domain/scope.ts';
import type { ApiKey } from '../../domain/tenant.ts';
import type { Database } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { type EndUserLimitColumns, splitLimits } from './limit-columns.ts';

/** The changes of a key; an undefined field stays unchanged. */
export type ApiKeyChanges = Limits &
  EndUserLimitColumns & {
    readonly requireEndUser?: boolean | undefined;
    readonly name?: string | undefined;
    readonly scopes?: Scope[] | undefined;
    readonly allowedProviders?: string[] | null | undefined;
    readonly allowedModels?: string[] | null | undefined;
    readonly strict?: boolean | undefined;
    readonly expiresAt?: Date | null | undefined;
  };

/** A new key, with its hash instead of its secret. */
export interface HashedKey {
  /** `key_…` */
  readonly id: string;
  readonly keyHash: string;
  readonly start: string;
}

/** Inserts a key. */
export async function insertApiKey(
  database: Database,
  key: HashedKey & ApiKeyChanges & { readonly tenantId: string; readonly name: string },
): Promise<ApiKey | undefined> {
  const [row] = await database.insert(apiKeys).values(key).returning();
  return row && toApiKey(row);
}

/** Lists a tenant's keys, the newest first, revoked and expired ones included: at most `limit`. */
export async function listApiKeys(database: Database, tenantId: string, limit: number): Promise<ApiKey[]> {
  const rows = await database
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.tenantId, tenantId))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(limit);
  return rows.map(toApiKey);
}

/** Finds keys by their ids. */
export async function findApiKeys(database: Database, ids: readonly string[]): Promise<ApiKey[]> {
  const rows = await database
    .select()
    .from(apiKeys)
    .where(inArray(apiKeys.id, [...ids]));
  return rows.map(toApiKey);
}

/** Changes a key; returns undefined if there is none. */
export async function updateApiKey(
  database: Database,
  id: string,
  changes: ApiKeyChanges,
): Promise<ApiKey | undefined> {
  if (Object.values(changes).every((value) => value === undefined)) return (await findApiKeys(database, [id]))[0];
  const [row] = await database.update(apiKeys).set(changes).where(eq(apiKeys.id, id)).returning();
  return row && toApiKey(row);
}

/** Revokes a key; returns undefined if there is none. A repeated call keeps the time of the first. */
export async function revokeApiKey(database: Database, id: string): Promise<ApiKey | undefined> {
  const [row] = await database
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(revoked_at, now())` })
    .where(eq(apiKeys.id, id))
    .returning();
  return row && toApiKey(row);
}

/**
 * Inserts a key with the settings of an old key and shortens the life of the old key to `overlapSeconds`, in one statement.
 * Returns false if there is no valid key with the old id.
 */
export async function replaceApiKey(
  database: Database,
  oldId: string,
  { id, keyHash, start }: HashedKey,
  overlapSeconds: number,
): Promise<boolean> {
  const { rows } = await database.execute(sql`
    WITH old AS (
      SELECT * FROM ${apiKeys} WHERE id = ${oldId} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
      FOR UPDATE
    ), ended AS (
      UPDATE ${apiKeys} SET expires_at = least(api_keys.expires_at, now() + ${overlapSeconds} * interval '1 second')
      FROM old WHERE api_keys.id = old.id
    )
    INSERT INTO ${apiKeys} (id, tenant_id, name, key_hash, start, scopes, allowed_providers, allowed_models, strict,
      requests_per_minute, tokens_per_minute, concurrency, daily_budget_nano_usd, monthly_budget_nano_usd, ${endUserColumns}, expires_at, rotated_from)
    SELECT ${id}, tenant_id, name, ${keyHash}, ${start}, scopes, allowed_providers, allowed_models, strict,
      requests_per_minute, tokens_per_minute, concurrency, daily_budget_nano_usd, monthly_budget_nano_usd, ${endUserColumns}, expires_at, id FROM old
    RETURNING id`);
  return rows.length > 0;
}

const endUserColumns = sql.raw(
  `end_user_requests_per_minute, end_user_tokens_per_minute, end_user_concurrency, end_user_daily_budget_nano_usd,
    end_user_monthly_budget_nano_usd, require_end_user`,
);

function toApiKey(row: typeof apiKeys.$inferSelect): ApiKey {
  const { columns, limits, endUserLimits } = splitLimits(row);
  const { keyHash: _, ...key } = columns;
  return { ...key, limits, endUserLimits };
}
