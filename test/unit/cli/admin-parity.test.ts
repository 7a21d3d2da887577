import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { adminCommands } from '../../../src/cli/admin-commands.ts';

interface RootField {
  /** `mutation createTenant` */
  readonly name: string;
  readonly scopes: readonly string[];
}

/** Lists the fields of the schema's roots. In a process of its own: Vitest would load two copies of graphql. */
function listRootFields(): RootField[] {
  const program = `const { schema } = await import('./src/graphql/schema.ts');
    const list = (root, type) => Object.values(type.getFields())
      .map(({ name, extensions }) => ({ name: root + ' ' + name, scopes: extensions.scopes }));
    console.log(JSON.stringify([...list('query', schema.getQueryType()), ...list('mutation', schema.getMutationType())]));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }));
}

/** The command that does what a field of GraphQL does. */
const commands: Readonly<Record<string, string>> = {
  'query tenants': 'list-tenants',
  'query tenant': 'show-tenant',
  'query apiKeys': 'list-keys',
  'query providerKeys': 'list-provider-keys',
  'query priceOverrides': 'list-prices',
  'query auditLog': 'audit',
  'query alerts': 'alerts',
  'mutation createTenant': 'create-tenant',
  'mutation updateTenant': 'update-tenant',
  'mutation suspendTenant': 'suspend',
  'mutation resumeTenant': 'resume',
  'mutation createApiKey': 'create-key',
  'mutation updateApiKey': 'update-key',
  'mutation rotateApiKey': 'rotate-key',
  'mutation revokeApiKey': 'revoke-key',
  'mutation setProviderKey': 'set-provider-key',
  'mutation removeProviderKey': 'delete-provider-key',
  'mutation setPrice': 'set-price',
  'mutation unsetPrice': 'unset-price',
  'mutation setRoute': 'set-route',
  'mutation deleteRoute': 'delete-route',
  'mutation rotateWebhookSecret': 'rotate-webhook-secret',
};

/** A job runs with the key that created it and goes through the queue, which a command does not reach. */
const withoutCommand = ['createJob', 'createJobs', 'cancelJob', 'retryJob', 'resendWebhook'].map(
  (name) => `mutation ${name}`,
);

const fields = listRootFields();
const isAdministration = ({ scopes }: RootField) => scopes.length === 1 && scopes[0] === 'admin';

describe('npm run admin', () => {
  it('has a command for each mutation of GraphQL, and for each query that needs the scope admin', () => {
    const covered = fields.filter((field) => field.name.startsWith('mutation') || isAdministration(field));
    expect([...Object.keys(commands), ...withoutCommand].sort()).toEqual(covered.map(({ name }) => name).sort());
  });

  it.each(Object.entries(commands))('does %s with %s', (_, command) => {
    expect(Object.keys(adminCommands)).toContain(command);
  });

  it('leaves no mutation of administrators without a command', () => {
    const administration = fields.filter(isAdministration).map(({ name }) => name);
    expect(administration.filter((name) => withoutCommand.includes(name))).toEqual([]);
  });
});
