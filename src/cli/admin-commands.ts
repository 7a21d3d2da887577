import { listApiKeys } from '../db/queries/api-keys.ts';
import { findTenantByName, listTenants } from '../db/queries/tenants.ts';
import { StartError } from '../dev/start-error.ts';
import type { ApiKey, Tenant } from '../domain/tenant.ts';
import { createApiKey, revokeApiKey, rotateApiKey } from '../tenants/api-keys.ts';
import type { TenantDependencies } from '../tenants/tenant-dependencies.ts';
import { createTenant, getTenant, isTenantId, updateTenant } from '../tenants/tenants.ts';
import { type AdminOptions, readLimits, readList, readNumber } from './admin-options.ts';

const dayMs = 86_400_000;
const dayInSeconds = 86_400;
const maxListed = 1000;

/** Does what a command says and gives what is to be shown. `argument` is what comes after the command's name. */
type AdminCommand = (tenants: TenantDependencies, argument: string, values: AdminOptions) => Promise<string>;

/** The commands of `npm run admin`, each with how it is written. */
export const adminCommands: Readonly<Record<string, { readonly usage: string; readonly run: AdminCommand }>> = {
  'create-tenant': {
    usage: 'NAME [--admin] [LIMITS]    a tenant with its first key; --admin lets that key administrate, too',
    run: async (tenants, name, values) => {
      const scopes = ['chat', 'jobs', 'read', ...(values.admin ? (['admin'] as const) : [])] as const;
      const made = await createTenant(tenants, { name, limits: readLimits(values) }, scopes);
      return `Tenant "${made.tenant.name}" (${made.tenant.id}) has this API key. ${shownOnce}\n\n${made.key}`;
    },
  },
  'list-tenants': {
    usage: '                           the newest thousand tenants',
    run: async ({ database }) => {
      const rows = await listTenants(database, { limit: maxListed });
      return table(['id', 'name', 'state', 'created'], rows.map(describeTenant));
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
  'create-key': {
    usage:
      'TENANT [--name NAME] [--scopes chat,jobs,read,admin] [--expires-in DAYS] [--providers A,B] [--models A,B] [LIMITS]',
    run: async (tenants, name, values) => {
      const days = readNumber(values, 'expires-in');
      const { key, apiKey } = await createApiKey(tenants, {
        tenantId: (await findTenant(tenants, name)).id,
        name: values.name ?? 'unnamed',
        scopes: readList(values.scopes),
        allowedProviders: readList(values.providers),
        allowedModels: readList(values.models),
        expiresAt: days === undefined ? undefined : new Date(tenants.now() + days * dayMs),
        limits: readLimits(values),
      });
      return `Key "${apiKey.name}" (${apiKey.id}, ${apiKey.scopes.join(', ')}). ${shownOnce}\n\n${key}`;
    },
  },
  'list-keys': {
    usage: 'TENANT                     the keys of a tenant, the newest first',
    run: async (tenants, name) => {
      const keys = await listApiKeys(tenants.database, (await findTenant(tenants, name)).id, maxListed);
      const columns = ['id', 'start', 'name', 'scopes', 'state', 'last used'];
      return table(
        columns,
        keys.map((key) => describeKey(key, tenants.now())),
      );
    },
  },
  'rotate-key': {
    usage: 'ID [--overlap SECONDS]     a key in its place; both work for a day, or for so long',
    run: async (tenants, id, values) => {
      const { key, apiKey } = await rotateApiKey(tenants, id, readNumber(values, 'overlap') ?? dayInSeconds);
      return `Key "${apiKey.name}" (${apiKey.id}) takes the place of ${id}. ${shownOnce}\n\n${key}`;
    },
  },
  'revoke-key': {
    usage: 'ID                         ends a key, within 5 seconds',
    run: async (tenants, id) => `Key "${(await revokeApiKey(tenants, id)).name}" (${id}) is revoked.`,
  },
};

const shownOnce = 'It is shown once and stored as its hash only:';

async function setActive(tenants: TenantDependencies, name: string, active: boolean): Promise<string> {
  const { id } = await findTenant(tenants, name);
  const tenant = await updateTenant(tenants, id, { active });
  return `Tenant "${tenant.name}" (${id}) is ${active ? 'active' : 'suspended'}.`;
}

/** A tenant by its id or its name. */
async function findTenant(tenants: TenantDependencies, said: string): Promise<Tenant> {
  if (isTenantId(said)) return await getTenant(tenants, said);
  const found = await findTenantByName(tenants.database, said);
  if (found) return found;
  throw new StartError(`There is no tenant "${said}".`);
}

function describeTenant({ id, name, active, createdAt }: Tenant): string[] {
  return [id, name, active ? 'active' : 'suspended', createdAt.toISOString()];
}

function describeKey({ id, start, name, scopes, revokedAt, expiresAt, lastUsedAt }: ApiKey, now: number): string[] {
  const ended = expiresAt && expiresAt.getTime() <= now;
  const expiry = expiresAt ? `${ended ? 'expired' : 'until'} ${expiresAt.toISOString()}` : 'active';
  const state = revokedAt ? `revoked ${revokedAt.toISOString()}` : expiry;
  return [id, `${start ?? ''}…`, name, scopes.join(','), state, lastUsedAt?.toISOString() ?? 'never'];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ');
  return [columns, ...rows].map((cells) => line(cells).trimEnd()).join('\n');
}
