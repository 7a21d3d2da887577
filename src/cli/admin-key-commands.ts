import { listApiKeys } from '../db/queries/api-keys.ts';
import { findRoutes } from '../db/queries/routes.ts';
import { StartError } from '../dev/start-error.ts';
import { type Limits, limitFieldNames } from '../domain/limits.ts';
import type { ApiKey } from '../domain/tenant.ts';
import { createApiKey, revokeApiKey, rotateApiKey, updateApiKey } from '../tenants/api-keys.ts';
import { findKeysNearLimit } from '../tenants/find-keys-near-limit.ts';
import { findModelWarnings } from '../tenants/find-model-warnings.ts';
import { prices } from '../usage/prices.ts';
import type { AdminCommands, AdminDependencies, AdminResult } from './admin-command.ts';
import {
  type AdminOptions,
  limitOptions,
  parseEndUserFields,
  parseLimits,
  parseList,
  parseNumber,
} from './admin-options.ts';
import { findTenant } from './find-tenant.ts';
import { formatTable } from './format-table.ts';
import { formatLimits, toKeyJson, toNearLimitJson } from './to-admin-json.ts';

const dayMs = 86_400_000;
const dayInSeconds = 86_400;
const maxRows = 1000;
const settingOptions = [
  ...(['name', 'scopes', 'expires-in', 'providers', 'models', 'strict', 'end-user', 'keep-bodies'] as const),
  ...limitOptions,
] as const;
const noRedisMessage =
  '--near-limit needs the Redis of the gateway: set UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN, or start npm run dev.';
const shownOnceMessage = 'It is shown once and stored as its hash only:';

/** The commands for API keys. */
export const keyCommands: AdminCommands = {
  'create-key': {
    arguments: ['TENANT'],
    options: settingOptions,
    summary: 'creates a key of a tenant and prints it',
    run: async (dependencies, { arguments: [name = ''], values }) => {
      const tenantId = (await findTenant(dependencies, name)).id;
      const settings = parseSettings(dependencies, values);
      const { key, apiKey } = await createApiKey(dependencies, {
        tenantId,
        ...settings,
        name: values.name ?? 'unnamed',
      });
      const text = `Key "${apiKey.name}" (${apiKey.id}, ${apiKey.scopes.join(', ')}). ${shownOnceMessage}\n\n${key}`;
      return withWarnings(dependencies, apiKey, { text, value: { key, apiKey: toKeyJson(apiKey) } });
    },
  },
  'update-key': {
    arguments: ['ID'],
    options: settingOptions,
    summary:
      'changes a key; what is left out stays. --providers any, --models any and --expires-in never and --end-user none remove it; also --no-strict',
    run: async (dependencies, { arguments: [id = ''], values }) => {
      const apiKey = await updateApiKey(dependencies, id, parseSettings(dependencies, values));
      return withWarnings(dependencies, apiKey, { ...showKeys([apiKey], dependencies), value: toKeyJson(apiKey) });
    },
  },
  'list-keys': {
    arguments: ['TENANT'],
    options: ['near-limit'],
    summary:
      'lists the keys of a tenant, the newest first. --near-limit: those that have used so many percent of a limit, the nearest first',
    run: async (dependencies, { arguments: [name = ''], values }) => {
      const { id } = await findTenant(dependencies, name);
      const percent = parseNumber(values, 'near-limit');
      if (percent !== undefined) return await showKeysNearLimit(dependencies, id, percent);
      return showKeys(await listApiKeys(dependencies.database, id, maxRows), dependencies);
    },
  },
  'rotate-key': {
    arguments: ['ID'],
    options: ['overlap'],
    summary: 'creates a key in place of another one; both work for a day, or for the overlap',
    run: async (dependencies, { arguments: [id = ''], values }) => {
      const overlap = parseNumber(values, 'overlap') ?? dayInSeconds;
      const { key, apiKey } = await rotateApiKey(dependencies, id, overlap);
      const text = `Key "${apiKey.name}" (${apiKey.id}) takes the place of ${id}. ${shownOnceMessage}\n\n${key}`;
      return { text, value: { key, apiKey: toKeyJson(apiKey) } };
    },
  },
  'revoke-key': {
    arguments: ['ID'],
    options: [],
    summary: 'ends a key, within 5 seconds',
    run: async (dependencies, { arguments: [id = ''] }) => {
      const apiKey = await revokeApiKey(dependencies, id);
      return { text: `Key "${apiKey.name}" (${id}) is revoked.`, value: toKeyJson(apiKey) };
    },
  },
};

function parseSettings(dependencies: AdminDependencies, values: AdminOptions) {
  return {
    name: values.name,
    scopes: values.scopes?.split(',').map((scope) => scope.trim()),
    allowedProviders: parseList(values.providers),
    allowedModels: parseList(values.models),
    strict: values.strict,
    endUser: values['end-user'] === 'none' ? null : values['end-user'],
    keepBodies: values['keep-bodies'],
    expiresAt: values['expires-in'] === 'never' ? null : parseExpiry(dependencies, values),
    limits: parseLimits(values),
    ...parseEndUserFields(values),
  };
}

function parseExpiry({ now }: AdminDependencies, values: AdminOptions): Date | undefined {
  const days = parseNumber(values, 'expires-in');
  return days === undefined ? undefined : new Date(now() + days * dayMs);
}

/** Adds what may be a mistake in the models that the key may use. */
async function withWarnings(
  { database, registry, readFileRoutes, now }: AdminDependencies,
  { allowedModels, tenantId }: ApiKey,
  { text, value }: AdminResult,
): Promise<AdminResult> {
  const stored = allowedModels === null ? [] : await findRoutes(database);
  const usable = stored.filter((route) => route.tenantId === null || route.tenantId === tenantId);
  const routeNames = [...usable, ...readFileRoutes()].map(({ name }) => name);
  const surroundings = { providers: registry.entries, prices, routeNames, at: new Date(now()) };
  const warnings = findModelWarnings(allowedModels, surroundings);
  return {
    text: [...warnings.map((warning) => `Warning: ${warning}`), text].join('\n'),
    value: { ...(value as object), warnings },
  };
}

function showKeys(keys: readonly ApiKey[], { now }: AdminDependencies): AdminResult {
  const columns = ['id', 'start', 'name', 'scopes', 'state', 'last used', 'limits'];
  const rows = keys.map((key) => [...describeKey(key, now()), formatLimits(key.limits)]);
  return { text: formatTable(columns, rows), value: keys.map(toKeyJson) };
}

async function showKeysNearLimit(dependencies: AdminDependencies, tenantId: string, percent: number) {
  if (percent <= 0 || percent > 100) throw new StartError('--near-limit must be percent, above 0 and at most 100.');
  if (!dependencies.readRemaining) throw new StartError(noRedisMessage);
  const query = { tenantId, nearLimit: percent / 100, maxKeys: maxRows };
  const keys = await findKeysNearLimit(dependencies, query);
  const columns = ['id', 'start', 'name', 'used', 'nearest limit', 'left', 'limits'];
  const rows = keys.map(({ apiKey, remaining, kind, usedShare }) => {
    const field = limitFieldNames[kind];
    const format = (limits: Limits) => formatLimits({ [field]: limits[field] });
    const { id, start, name } = apiKey;
    const used = `${Math.floor(Number((usedShare * 100).toFixed(6)))} %`;
    return [id, `${start ?? ''}…`, name, used, format(apiKey.limits), format(remaining), formatLimits(apiKey.limits)];
  });
  return { text: formatTable(columns, rows), value: keys.map(toNearLimitJson) };
}

function describeKey({ id, start, name, scopes, revokedAt, expiresAt, lastUsedAt }: ApiKey, now: number): string[] {
  const isExpired = expiresAt && expiresAt.getTime() <= now;
  const expiry = expiresAt ? `${isExpired ? 'expired' : 'until'} ${expiresAt.toISOString()}` : 'active';
  const state = revokedAt ? `revoked ${revokedAt.toISOString()}` : expiry;
  return [id, `${start ?? ''}…`, name, scopes.join(','), state, lastUsedAt?.toISOString() ?? 'never'];
}
