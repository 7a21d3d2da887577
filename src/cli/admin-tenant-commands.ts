import { listApiKeys } from '../db/queries/api-keys.ts';
import { listTenants } from '../db/queries/tenants.ts';
import type { ApiKey, Tenant } from '../domain/tenant.ts';
import { createApiKey, revokeApiKey, rotateApiKey } from '../tenants/api-keys.ts';
import type { TenantDependencies } from '../tenants/tenant-dependencies.ts';
import { createTenant, updateTenant } from '../tenants/tenants.ts';
import type { AdminCommand } from './admin-command.ts';
import { parseEndUserFields, parseLimits, parseList, parseNumber } from './admin-options.ts';
import { findTenant } from './find-tenant.ts';
import { formatTable } from './format-table.ts';

const dayMs = 86_400_000;
const dayInSeconds = 86_400;
const maxRows = 1000;

/** The commands for tenants and their keys. */
export const tenantCommands: Readonly<Record<string, AdminCommand>> = {
  'create-tenant': {
    usage:
      'NAME [--admin] [--store-responses] [LIMITS]  a tenant with its first key; --admin lets that key administrate, too',
    run: async (tenants, name, values) => {
      const scopes = ['chat', 'jobs', 'read', ...(values.admin ? (['admin'] as const) : [])] as const;
      const created = await createTenant(
        tenants,
        { name, limits: parseLimits(values), ...parseEndUserFields(values), storeResponses: values['store-responses'] },
        scopes,
      );
      return `Tenant "${created.tenant.name}" (${created.tenant.id}) has this API key. ${shownOnceMessage}\n\n${created.key}`;
    },
  },
  'list-tenants': {
    takesArgument: false,
    usage: '                           the newest thousand tenants',
    run: async ({ database }) => {
      const rows = await listTenants(database, { limit: maxRows });
      return formatTable(['id', 'name', 'state', 'created'], rows.map(describeTenant));
    },
  },
  suspend: {
    usage: 'TENANT                     refuses the keys of a tenant, within 5 seconds',
    run: (tenants, name) => setActive(tenants, name, false),
  },
  resume: {
    usage: 'TENANT                     lets them in again',
    run: (tenants, name) => setActive(tenants, name, true),
  },
  'store-responses': {
    usage:
      'TENANT [--off]             stores the Responses of a tenant for RESPONSE_RETENTION_DAYS, or no more of them',
    run: async (tenants, name, values) => {
      const { id } = await findTenant(tenants, name);
      const tenant = await updateTenant(tenants, id, { storeResponses: !values.off });
      return `Responses of tenant "${tenant.name}" (${id}) are ${tenant.storeResponses ? '' : 'not '}stored.`;
    },
  },
  'create-key': {
    usage:
      'TENANT [--name NAME] [--scopes chat,jobs,read,admin] [--expires-in DAYS] [--providers A,B] [--models A,B] [--strict] [LIMITS]',
    run: async (tenants, name, values) => {
      const days = parseNumber(values, 'expires-in');
      const { key, apiKey } = await createApiKey(tenants, {
        tenantId: (await findTenant(tenants, name)).id,
        name: values.name ?? 'unnamed',
        scopes: parseList(values.scopes),
        allowedProviders: parseList(values.providers),
        allowedModels: parseList(values.models),
        strict: values.strict,
        expiresAt: days === undefined ? undefined : new Date(tenants.now() + days * dayMs),
        limits: parseLimits(values),
        ...parseEndUserFields(values),
      });
      return `Key "${apiKey.name}" (${apiKey.id}, ${apiKey.scopes.join(', ')}). ${shownOnceMessage}\n\n${key}`;
    },
  },
  'list-keys': {
    usage: 'TENANT                     the keys of a tenant, the newest first',
    run: async (tenants, name) => {
      const keys = await listApiKeys(tenants.database, (await findTenant(tenants, name)).id, maxRows);
      const columns = ['id', 'start', 'name', 'scopes', 'state', 'last used'];
      return formatTable(
        columns,
        keys.map((key) => describeKey(key, tenants.now())),
      );
    },
  },
  'rotate-key': {
    usage: 'ID [--overlap SECONDS]     a key in its place; both work for a day, or for so long',
    run: async (tenants, id, values) => {
      const { key, apiKey } = await rotateApiKey(tenants, id, parseNumber(values, 'overlap') ?? dayInSeconds);
      return `Key "${apiKey.name}" (${apiKey.id}) takes the place of ${id}. ${shownOnceMessage}\n\n${key}`;
    },
  },
  'revoke-key': {
    usage: 'ID                         ends a key, within 5 seconds',
    run: async (tenants, id) => `Key "${(await revokeApiKey(tenants, id)).name}" (${id}) is revoked.`,
  },
};

const shownOnceMessage = 'It is shown once and stored as its hash only:';

async function setActive(tenants: TenantDependencies, name: string, active: boolean): Promise<string> {
  const { id } = await findTenant(tenants, name);
  const tenant = await updateTenant(tenants, id, { active });
  return `Tenant "${tenant.name}" (${id}) is ${active ? 'active' : 'suspended'}.`;
}

function describeTenant({ id, name, active, createdAt }: Tenant): string[] {
  return [id, name, active ? 'active' : 'suspended', createdAt.toISOString()];
}

function describeKey({ id, start, name, scopes, revokedAt, expiresAt, lastUsedAt }: ApiKey, now: number): string[] {
  const isExpired = expiresAt && expiresAt.getTime() <= now;
  const expiry = expiresAt ? `${isExpired ? 'expired' : 'until'} ${expiresAt.toISOString()}` : 'active';
  const state = revokedAt ? `revoked ${revokedAt.toISOString()}` : expiry;
  return [id, `${start ?? ''}…`, name, scopes.join(','), state, lastUsedAt?.toISOString() ?? 'never'];
}
