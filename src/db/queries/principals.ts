import { type SQL, sql } from 'drizzle-orm';
import type { Limits } from '../../domain/limits.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Database } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { providerKeys } from '../schema/provider-keys.ts';
import { tenants } from '../schema/tenants.ts';

/** Finds the principal of a key by the SHA-256 of the key; undefined if the key is unknown, revoked or expired. */
export async function findPrincipalByKeyHash(database: Database, keyHash: string): Promise<Principal | undefined> {
  const { rows } = await database.execute<{ principal: PrincipalJson }>(sql`
    SELECT ${principalJson} AS principal FROM ${apiKeys} JOIN ${tenants} ON tenants.id = api_keys.tenant_id
    WHERE key_hash = ${keyHash} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`);
  const [row] = rows;
  return row && readPrincipal(row.principal);
}

/** Records that a key is used now, unless a use was recorded within the last minute. */
export async function touchApiKey(database: Database, keyId: string): Promise<void> {
  await database.execute(sql`UPDATE ${apiKeys} SET last_used_at = now()
    WHERE id = ${keyId} AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`);
}

/** The principal of a key as one JSON value, in a statement that joins `api_keys` and `tenants`. See `readPrincipal`. */
export const principalJson: SQL = sql`json_build_object(
  'tenantId', tenants.id, 'tenantName', tenants.name, 'tenantActive', tenants.active, 'tenantLimits', ${limitsJson('tenants')},
  'tenantEndUserLimits', ${limitsJson('tenants', 'end_user_')}, 'tagNames', tenants.tag_names,
  'storeResponses', tenants.store_responses,
  'keyId', api_keys.id, 'keyName', api_keys.name, 'scopes', api_keys.scopes, 'keyLimits', ${limitsJson('api_keys')},
  'keyEndUserLimits', ${limitsJson('api_keys', 'end_user_')}, 'endUser', api_keys.end_user,
  'requireEndUser', tenants.require_end_user OR api_keys.require_end_user, 'keepBodies', api_keys.keep_bodies,
  'allowedProviders', api_keys.allowed_providers, 'allowedModels', api_keys.allowed_models, 'strict', api_keys.strict,
  'expiresAt', api_keys.expires_at,
  'providerKeys', (SELECT coalesce(json_agg(json_build_object('provider', provider, 'encryptedKey', ${providerKeys.encryptedKey})), '[]')
    FROM ${providerKeys} WHERE tenant_id = tenants.id))`;

/** Budgets are text, because JSON numbers are doubles. */
function limitsJson(table: 'tenants' | 'api_keys', prefix: '' | 'end_user_' = ''): SQL {
  const column = (name: string) => sql.raw(`${table}.${prefix}${name}`);
  return sql`json_build_object('requestsPerMinute', ${column('requests_per_minute')},
    'tokensPerMinute', ${column('tokens_per_minute')}, 'concurrency', ${column('concurrency')},
    'dailyBudgetNanoUsd', ${column('daily_budget_nano_usd')}::text,
    'monthlyBudgetNanoUsd', ${column('monthly_budget_nano_usd')}::text)`;
}

interface LimitsJson {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrency: number | null;
  readonly dailyBudgetNanoUsd: string | null;
  readonly monthlyBudgetNanoUsd: string | null;
}

/** The value of `principalJson`. */
export type PrincipalJson = Omit<Principal, 'expiresAt' | LimitsField> & {
  readonly expiresAt: string | null;
} & Readonly<Record<LimitsField, LimitsJson>>;

type LimitsField = 'keyLimits' | 'keyEndUserLimits' | 'tenantLimits' | 'tenantEndUserLimits';

/** Reads the value of `principalJson`. */
export function readPrincipal(json: PrincipalJson): Principal {
  return {
    ...json,
    expiresAt: json.expiresAt === null ? null : new Date(json.expiresAt),
    keyLimits: readLimits(json.keyLimits),
    keyEndUserLimits: readLimits(json.keyEndUserLimits),
    tenantLimits: readLimits(json.tenantLimits),
    tenantEndUserLimits: readLimits(json.tenantEndUserLimits),
  };
}

function readLimits({ dailyBudgetNanoUsd, monthlyBudgetNanoUsd, ...rates }: LimitsJson): Limits {
  return {
    ...rates,
    dailyBudgetNanoUsd: dailyBudgetNanoUsd === null ? null : BigInt(dailyBudgetNanoUsd),
    monthlyBudgetNanoUsd: monthlyBudgetNanoUsd === null ? null : BigInt(monthlyBudgetNanoUsd),
  };
}
