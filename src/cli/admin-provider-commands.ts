import type { ProviderKey } from '../domain/tenant.ts';
import { getProviderKeys, removeProviderKey, setProviderKey } from '../tenants/provider-keys.ts';
import type { AdminCommands, AdminResult } from './admin-command.ts';
import { findTenant } from './find-tenant.ts';
import { formatTable } from './format-table.ts';
import { testProvider } from './test-provider.ts';

/** The commands for providers and for tenants' own keys of them (BYOK). */
export const providerCommands: AdminCommands = {
  'list-provider-keys': {
    arguments: ['TENANT'],
    options: [],
    summary: "lists a tenant's own keys for providers, without their texts",
    run: async (dependencies, { arguments: [name = ''] }) => {
      const { id } = await findTenant(dependencies, name);
      return showProviderKeys(await getProviderKeys(dependencies, id));
    },
  },
  'set-provider-key': {
    arguments: ['TENANT', 'PROVIDER', 'FILE'],
    options: [],
    summary: "stores a tenant's own key for a provider, which the file holds (-: the standard input), encrypted",
    run: async (dependencies, { arguments: [name = '', provider = '', path = ''] }) => {
      const { id: tenantId } = await findTenant(dependencies, name);
      const stored = await setProviderKey(dependencies, { tenantId, provider, key: dependencies.readText(path) });
      return {
        text: `Requests of tenant "${name}" to ${stored.provider} use its key …${stored.ending}, within 5 seconds.`,
        value: stored,
      };
    },
  },
  'delete-provider-key': {
    arguments: ['TENANT', 'PROVIDER'],
    options: [],
    summary: "deletes a tenant's own key for a provider: its requests use that of the gateway again",
    run: async (dependencies, { arguments: [name = '', provider = ''] }) => {
      const { id: tenantId } = await findTenant(dependencies, name);
      const deleted = await removeProviderKey(dependencies, { tenantId, provider });
      return {
        text: `The key …${deleted.ending} of tenant "${name}" for ${deleted.provider} is deleted.`,
        value: deleted,
      };
    },
  },
  'test-provider': {
    arguments: ['NAME'],
    options: ['model'],
    summary: 'sends a provider one cheap request, and says what works or what to fix',
    runLocally: async (variables, { arguments: [name = ''], values: { model } }) => {
      const outcome = await testProvider(name, { variables, model });
      return { text: outcome, value: { provider: name, outcome } };
    },
  },
};

function showProviderKeys(keys: readonly ProviderKey[]): AdminResult {
  const rows = keys.map(({ provider, ending, createdAt }) => [provider, `…${ending}`, createdAt.toISOString()]);
  return { text: formatTable(['provider', 'ending', 'set'], rows), value: keys };
}
