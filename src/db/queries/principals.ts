import { type SQL, sql } from 'drizzle-orm';
import type { Principal } from '../../domain/principal.ts';
import type { Database } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { providerKeys } from '../schema/provider-keys.ts';
import { tenants } from '../schema/tenants.ts';

/** Finds whom a key stands for by the SHA-256 of the key; undefined where there is no such key, or no longer. */
export async function findPrincipalByKeyHash(database: Database, keyHash: string): Promise<Principal | undefined> {
  const { rows } = await database.execute(sql`
    SELECT ${principalJson} AS principal FROM ${apiKeys} JOIN ${tenants} ON tenants.id = api_keys.tenant_id
    WHERE key_hash = ${keyHash} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`);
  return rows[0] && readPrincipal(rows[0].principal);
}

/** Notes that a key is used now, unless that was noted within a minute. */
export async function touchApiKey(database: Database, keyId: string): Promise<void> {
  await database.execute(sql`UPDATE ${apiKeys} SET last_used_at = now()
    WHERE id = ${keyId} AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`);
}

/** Whom a key stands for, as one JSON value of a statement that has joined `api_keys` and `tenants`; see `readCaller`. */
export const principalJson: SQL = sql`json_build_object(
  'tenantId', tenants.id, 'tenantName', tenants.name, 'tenantActive', tenants.active, 'tenantLimits', ${limitsJson('tenants')},
  'keyId', api_keys.id, 'keyName', api_keys.name, 'scopes', api_keys.scopes, 'keyLimits', ${limitsJson('api_keys')},
  'allowedProviders', api_keys.allowed_providers, 'allowedModels', api_keys.allowed_models, 'expiresAt', api_keys.expires_at,
  'providerKeys', (SELECT coalesce(json_agg(json_build_object('provider', provider, 'sealed', sealed)), '[]')
    FROM ${providerKeys} WHERE tenant_id = tenants.id))`;

/** Budgets are text, for JSON's numbers are doubles. */
function limitsJson(table: 'tenants' | 'api_keys'): SQL {
  const column = (name: string) => sql.raw(`${table}.${name}`);
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

type CallerJson = Omit<Principal, 'expiresAt' | 'keyLimits' | 'tenantLimits'> & {
  readonly expiresAt: string | null;
  readonly keyLimits: LimitsJson;
  readonly tenantLimits: LimitsJson;
};

/** Reads what `callerJson` has made. */
export function readPrincipal(json: unknown): Principal {
  const principal = json as CallerJson;
  return {
    ...principal,
    expiresAt: principal.expiresAt === null ? null : new Date(principal.expiresAt),
    keyLimits: readLimits(principal.keyLimits),
    tenantLimits: readLimits(principal.tenantLimits),
  };
}

function readLimits({ dailyBudgetNanoUsd, monthlyBudgetNanoUsd, ...counts }: LimitsJson) {
  return {
    ...counts,
    dailyBudgetNanoUsd: dailyBudgetNanoUsd === null ? null : BigInt(dailyBudgetNanoUsd),
    monthlyBudgetNanoUsd: monthlyBudgetNanoUsd === null ? null : BigInt(monthlyBudgetNanoUsd),
  };
}
