import { desc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { AuditActor } from '../../domain/audit.ts';
import type { Limits } from '../../domain/limits.ts';
import type { BodyRetention } from '../../domain/logging.ts';
import type { Scope } from '../../domain/scope.ts';
import type { ApiKey } from '../../domain/tenant.ts';
import type { Database } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { insertChangeEntries, noState, type RecordedChange } from './audit-log.ts';
import { type EndUserLimitColumns, splitLimits } from './limit-columns.ts';
import { RecordedColumns } from './recorded-columns.ts';

const recorded = new RecordedColumns(apiKeys, {
  id: 'none',
  tenantId: 'none',
  name: 'setting',
  keyHash: 'none',
  start: 'none',
  scopes: 'setting',
  allowedProviders: 'setting',
  allowedModels: 'setting',
  strict: 'setting',
  requestsPerMinute: 'limit',
  tokensPerMinute: 'limit',
  concurrency: 'limit',
  dailyBudgetNanoUsd: 'limit',
  monthlyBudgetNanoUsd: 'limit',
  endUserRequestsPerMinute: 'limit',
  endUserTokensPerMinute: 'limit',
  endUserConcurrency: 'limit',
  endUserDailyBudgetNanoUsd: 'limit',
  endUserMonthlyBudgetNanoUsd: 'limit',
  requireEndUser: 'limit',
  endUser: 'setting',
  keepBodies: 'setting',
  rotatedFrom: 'state',
  createdAt: 'none',
  expiresAt: 'setting',
  revokedAt: 'state',
  lastUsedAt: 'none',
});

/** Lists the ids of all keys of a tenant, revoked ones too. */
export async function listApiKeyIds(database: Database, tenantId: string): Promise<string[]> {
  const rows = await database.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.tenantId, tenantId));
  return rows.map(({ id }) => id);
}

/** The changes of a key; an undefined field stays unchanged. */
export type ApiKeyChanges = Limits &
  EndUserLimitColumns & {
    readonly requireEndUser?: boolean | undefined;
    readonly name?: string | undefined;
    readonly scopes?: Scope[] | undefined;
    readonly allowedProviders?: string[] | null | undefined;
    readonly allowedModels?: string[] | null | undefined;
    readonly strict?: boolean | undefined;
    readonly endUser?: string | null | undefined;
    readonly keepBodies?: BodyRetention | undefined;
    readonly expiresAt?: Date | null | undefined;
  };

/** A new key, with its hash instead of its secret. */
export interface HashedKey {
  /** `key_…` */
  readonly id: string;
  readonly keyHash: string;
  readonly start: string;
}

/** Inserts a key, with its entry in the audit log. */
export async function insertApiKey(
  database: Database,
  key: HashedKey & ApiKeyChanges & { readonly tenantId: string; readonly name: string },
  actor: AuditActor,
): Promise<ApiKey | undefined> {
  const changed = database.$with('changed').as(database.insert(apiKeys).values(key).returning());
  const entry = insertKeyEntries(actor, {
    entries: [{ action: 'api_key.created' }],
    from: sql`changed`,
    before: noState,
  });
  const [row] = await database.with(changed, database.$with('recorded', {}).as(entry)).select().from(changed);
  return row && toApiKey(row);
}

/** Returns the INSERT of the entries on what was done to the keys of the CTE `changed`. */
export function insertKeyEntries(
  actor: AuditActor,
  change: Pick<RecordedChange, 'entries' | 'from' | 'before'> & Partial<RecordedChange>,
): SQL {
  return insertChangeEntries({
    subjectType: 'api_key',
    subjectId: sql`changed.id`,
    tenantId: sql`changed.tenant_id`,
    after: recorded.state('changed'),
    actor,
    ...change,
  });
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

/** Changes a key, and records what has changed; returns undefined if there is none. */
export async function updateApiKey(
  database: Database,
  id: string,
  changes: ApiKeyChanges,
  actor: AuditActor,
): Promise<ApiKey | undefined> {
  if (Object.values(changes).every((value) => value === undefined)) return (await findApiKeys(database, [id]))[0];
  return await changeApiKey(database, id, changes, actor, [
    { action: 'api_key.updated', fields: recorded.fields('setting') },
    { action: 'api_key.limits_changed', fields: recorded.fields('limit') },
  ]);
}

/** Revokes a key; returns undefined if there is none. A repeated call keeps the time of the first, and records nothing. */
export async function revokeApiKey(database: Database, id: string, actor: AuditActor): Promise<ApiKey | undefined> {
  const changes = { revokedAt: sql`coalesce(revoked_at, now())` };
  return await changeApiKey(database, id, changes, actor, [{ action: 'api_key.revoked', fields: ['revokedAt'] }]);
}

async function changeApiKey(
  database: Database,
  id: string,
  changes: ApiKeyChanges & { readonly revokedAt?: SQL },
  actor: AuditActor,
  entries: RecordedChange['entries'],
): Promise<ApiKey | undefined> {
  const previous = database
    .$with('previous')
    .as(database.select().from(apiKeys).where(eq(apiKeys.id, id)).for('update'));
  const previousId = database.select({ id: previous.id }).from(previous);
  const changed = database
    .$with('changed')
    .as(database.update(apiKeys).set(changes).where(inArray(apiKeys.id, previousId)).returning());
  const insert = insertKeyEntries(actor, {
    entries,
    from: sql`previous JOIN changed USING (id)`,
    before: recorded.state('previous'),
  });
  const recordedCte = database.$with('recorded', {}).as(insert);
  const [row] = await database.with(previous, changed, recordedCte).select().from(changed);
  return row && toApiKey(row);
}

/** What a key that replaces another one has of it, beside its permissions. */
const copiedColumns = sql.raw(
  [
    ...['', 'end_user_'].flatMap((prefix) =>
      [
        'requests_per_minute',
        'tokens_per_minute',
        'concurrency',
        'daily_budget_nano_usd',
        'monthly_budget_nano_usd',
      ].map((name) => `${prefix}${name}`),
    ),
    ...['require_end_user', 'end_user', 'keep_bodies'],
  ].join(', '),
);

/**
 * Inserts a key with the settings of an old key and shortens the life of the old key to `overlapSeconds`, in one statement, with
 * the entries of both in the audit log. Returns false if there is no valid key with the old id.
 */
export async function replaceApiKey(
  database: Database,
  oldId: string,
  { id, keyHash, start }: HashedKey,
  overlapSeconds: number,
  actor: AuditActor,
): Promise<boolean> {
  const newKeyEntry = insertKeyEntries(actor, {
    entries: [{ action: 'api_key.created' }],
    from: sql`changed`,
    before: noState,
  });
  const oldKeyEntry = insertKeyEntries(actor, {
    entries: [{ action: 'api_key.rotated', fields: ['expiresAt', 'replacedBy'] }],
    from: sql`old JOIN ended USING (id)`,
    subjectId: sql`old.id`,
    tenantId: sql`old.tenant_id`,
    before: recorded.state('old'),
    after: sql`${recorded.state('ended')} || jsonb_build_object('replacedBy', ${id}::text)`,
  });
  const { rows } = await database.execute(sql`
    WITH old AS (
      SELECT * FROM ${apiKeys} WHERE id = ${oldId} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
      FOR UPDATE
    ), ended AS (
      UPDATE ${apiKeys} SET expires_at = least(api_keys.expires_at, now() + ${overlapSeconds} * interval '1 second')
      FROM old WHERE api_keys.id = old.id RETURNING api_keys.*
    ), changed AS (
      INSERT INTO ${apiKeys} (id, tenant_id, name, key_hash, start, scopes, allowed_providers, allowed_models, strict,
        ${copiedColumns}, expires_at, rotated_from)
      SELECT ${id}, tenant_id, name, ${keyHash}, ${start}, scopes, allowed_providers, allowed_models, strict,
        ${copiedColumns}, expires_at, id FROM old
      RETURNING *
    ), old_key_recorded AS (${oldKeyEntry}), new_key_recorded AS (${newKeyEntry})
    SELECT id FROM changed`);
  return rows.length > 0;
}

function toApiKey(row: typeof apiKeys.$inferSelect): ApiKey {
  const { columns, limits, endUserLimits } = splitLimits(row);
  const { keyHash: _, ...key } = columns;
  return { ...key, limits, endUserLimits };
}
