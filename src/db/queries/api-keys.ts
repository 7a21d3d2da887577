import { desc, eq, inArray, sql } from 'drizzle-orm';
import type { Limits } from '../../domain/limits.ts';
import type { Scope } from '../../domain/principal.ts';
import type { ApiKey } from '../../domain/tenant.ts';
import type { Database } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';

/** What of a key can be changed; what is undefined stays. */
export type ApiKeyChanges = Limits & {
  readonly name?: string | undefined;
  readonly scopes?: Scope[] | undefined;
  readonly allowedProviders?: string[] | null | undefined;
  readonly allowedModels?: string[] | null | undefined;
  readonly expiresAt?: Date | null | undefined;
};

/** What has to be known of a new key's text: never the text. */
export interface NewKeyText {
  /** `key_…` */
  readonly id: string;
  readonly keyHash: string;
  readonly start: string;
}

/** Makes a key. */
export async function insertApiKey(
  database: Database,
  key: NewKeyText & ApiKeyChanges & { readonly tenantId: string; readonly name: string },
): Promise<ApiKey | undefined> {
  const [row] = await database.insert(apiKeys).values(key).returning();
  return row && toApiKey(row);
}

/** The keys of a tenant, the newest first, those that have ended too: at most `limit`. */
export async function listApiKeys(database: Database, tenantId: string, limit: number): Promise<ApiKey[]> {
  const rows = await database
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.tenantId, tenantId))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(limit);
  return rows.map(toApiKey);
}

/** The keys with these ids. */
export async function findApiKeys(database: Database, ids: readonly string[]): Promise<ApiKey[]> {
  const rows = await database
    .select()
    .from(apiKeys)
    .where(inArray(apiKeys.id, [...ids]));
  return rows.map(toApiKey);
}

/** Changes a key; undefined where there is none. */
export async function updateApiKey(
  database: Database,
  id: string,
  changes: ApiKeyChanges,
): Promise<ApiKey | undefined> {
  if (Object.values(changes).every((value) => value === undefined)) return (await findApiKeys(database, [id]))[0];
  const [row] = await database.update(apiKeys).set(changes).where(eq(apiKeys.id, id)).returning();
  return row && toApiKey(row);
}

/** Ends a key; undefined where there is none. When it was first ended stays. */
export async function revokeApiKey(database: Database, id: string): Promise<ApiKey | undefined> {
  const [row] = await database
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(revoked_at, now())` })
    .where(eq(apiKeys.id, id))
    .returning();
  return row && toApiKey(row);
}

/**
 * Makes a key with everything that another one has, and lets that one run out, in one statement; should it run out earlier,
 * it still does. False where there is no such key that is valid.
 */
export async function replaceApiKey(
  database: Database,
  oldId: string,
  { id, keyHash, start }: NewKeyText,
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
    INSERT INTO ${apiKeys} (id, tenant_id, name, key_hash, start, scopes, allowed_providers, allowed_models, requests_per_minute,
      tokens_per_minute, concurrency, daily_budget_nano_usd, monthly_budget_nano_usd, expires_at, rotated_from)
    SELECT ${id}, tenant_id, name, ${keyHash}, ${start}, scopes, allowed_providers, allowed_models, requests_per_minute,
      tokens_per_minute, concurrency, daily_budget_nano_usd, monthly_budget_nano_usd, expires_at, id FROM old
    RETURNING id`);
  return rows.length > 0;
}

function toApiKey(row: typeof apiKeys.$inferSelect): ApiKey {
  const { requestsPerMinute, tokensPerMinute, concurrency, dailyBudgetNanoUsd, monthlyBudgetNanoUsd, ...rest } = row;
  const { keyHash: _, ...key } = rest;
  const limits = { requestsPerMinute, tokensPerMinute, concurrency, dailyBudgetNanoUsd, monthlyBudgetNanoUsd };
  return { ...key, limits };
}
