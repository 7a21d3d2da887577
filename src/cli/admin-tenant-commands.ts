import { listTenants } from '../db/queries/tenants.ts';
import type { Tenant } from '../domain/tenant.ts';
import { createTenant, updateTenant } from '../tenants/tenants.ts';
import { rotateWebhookSecret } from '../webhooks/rotate-webhook-secret.ts';
import type { AdminCommands, AdminDependencies, AdminResult } from './admin-command.ts';
import { type AdminOptions, limitOptions, parseEndUserFields, parseLimits, parseNumber } from './admin-options.ts';
import { findTenant } from './find-tenant.ts';
import { formatTable } from './format-table.ts';
import { formatLimits, toTenantJson } from './to-admin-json.ts';

const dayInSeconds = 86_400;
const maxRows = 1000;

/** The commands for tenants. */
export const tenantCommands: AdminCommands = {
  'create-tenant': {
    arguments: ['NAME'],
    options: ['admin', 'store-responses', 'webhook-url', 'tag-names', ...limitOptions],
    summary: 'creates a tenant and its first key; --admin lets that key administrate all tenants',
    run: async (dependencies, { arguments: [name], values }) => {
      const scopes = ['chat', 'jobs', 'read', ...(values.admin ? (['admin'] as const) : [])] as const;
      const input = {
        name,
        limits: parseLimits(values),
        ...parseEndUserFields(values),
        storeResponses: values['store-responses'],
        tagNames: parseTagNames(values),
        webhookUrl: values['webhook-url'],
      };
      const { tenant, key } = await createTenant(dependencies, input, scopes);
      const text = `Tenant "${tenant.name}" (${tenant.id}) has this API key. It is shown once and stored as its hash only:\n\n${key}`;
      return { text, value: { tenant: toTenantJson(tenant), key } };
    },
  },
  'list-tenants': {
    arguments: [],
    options: [],
    summary: 'lists the newest thousand tenants',
    run: async ({ database }) => showTenants(await listTenants(database, { limit: maxRows })),
  },
  'show-tenant': {
    arguments: ['TENANT'],
    options: [],
    summary: 'shows the settings of a tenant',
    run: async (dependencies, { arguments: [name = ''] }) => showTenant(await findTenant(dependencies, name)),
  },
  'update-tenant': {
    arguments: ['TENANT'],
    options: ['name', 'store-responses', 'webhook-url', 'tag-names', ...limitOptions],
    summary:
      'changes a tenant; what is left out stays. --webhook-url none and --tag-names none remove them; also --no-store-responses',
    run: async (dependencies, { arguments: [name = ''], values }) => {
      const { id } = await findTenant(dependencies, name);
      const url = values['webhook-url'];
      const changes = {
        name: values.name,
        limits: parseLimits(values),
        ...parseEndUserFields(values),
        storeResponses: values['store-responses'],
        tagNames: parseTagNames(values),
        webhookUrl: url === 'none' ? null : url,
      };
      return showTenant(await updateTenant(dependencies, id, changes));
    },
  },
  suspend: {
    arguments: ['TENANT'],
    options: [],
    summary: 'refuses the keys of a tenant, within 5 seconds',
    run: (dependencies, { arguments: [name = ''] }) => setActive(dependencies, name, false),
  },
  resume: {
    arguments: ['TENANT'],
    options: [],
    summary: 'accepts the keys of a tenant again',
    run: (dependencies, { arguments: [name = ''] }) => setActive(dependencies, name, true),
  },
  'store-responses': {
    arguments: ['TENANT'],
    options: ['off'],
    summary: 'stores the Responses of a tenant for RESPONSE_RETENTION_DAYS; --off: stores no more of them',
    run: async (dependencies, { arguments: [name = ''], values }) => {
      const { id } = await findTenant(dependencies, name);
      const tenant = await updateTenant(dependencies, id, { storeResponses: !values.off });
      const text = `Responses of tenant "${tenant.name}" (${id}) are ${tenant.storeResponses ? '' : 'not '}stored.`;
      return { text, value: toTenantJson(tenant) };
    },
  },
  'rotate-webhook-secret': {
    arguments: ['TENANT'],
    options: ['overlap'],
    summary: 'creates a secret that signs webhooks; the older ones sign too for a day, or for the overlap',
    run: async (dependencies, { arguments: [name = ''], values }) => {
      const { id } = await findTenant(dependencies, name);
      const overlap = parseNumber(values, 'overlap') ?? dayInSeconds;
      const rotated = await rotateWebhookSecret(dependencies.database, id, overlap, dependencies.actor);
      const end = rotated.oldSecretsEndAt ? ` The older ones end at ${rotated.oldSecretsEndAt.toISOString()}.` : '';
      return { text: `Webhook secret ${rotated.id}.${end} It is shown once:\n\n${rotated.secret}`, value: rotated };
    },
  },
};

function parseTagNames(values: AdminOptions): string[] | undefined {
  const names = values['tag-names'];
  return names === 'none' ? [] : names?.split(',').map((name) => name.trim());
}

async function setActive(dependencies: AdminDependencies, name: string, active: boolean): Promise<AdminResult> {
  const { id } = await findTenant(dependencies, name);
  const tenant = await updateTenant(dependencies, id, { active });
  const text = `Tenant "${tenant.name}" (${id}) is ${active ? 'active' : 'suspended'}.`;
  return { text, value: toTenantJson(tenant) };
}

function showTenant(tenant: Tenant): AdminResult {
  const rows = [
    ['id', tenant.id],
    ['name', tenant.name],
    ['state', describeState(tenant)],
    ['limits', formatLimits(tenant.limits) || 'none'],
    ['stores responses', tenant.storeResponses ? 'yes' : 'no'],
    ['tag names', tenant.tagNames.join(', ') || 'none'],
    ['webhook', tenant.webhookUrl ?? 'none'],
    ['created', tenant.createdAt.toISOString()],
  ];
  return { text: formatTable(['field', 'value'], rows), value: toTenantJson(tenant) };
}

function showTenants(tenants: readonly Tenant[]): AdminResult {
  const rows = tenants.map((tenant) => {
    const { id, name, limits, createdAt } = tenant;
    return [id, name, describeState(tenant), createdAt.toISOString(), formatLimits(limits)];
  });
  const text = formatTable(['id', 'name', 'state', 'created', 'limits'], rows);
  return { text, value: tenants.map(toTenantJson) };
}

function describeState({ active }: Tenant): string {
  return active ? 'active' : 'suspended';
}
