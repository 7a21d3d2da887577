import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { hashKey } from '../../src/auth/hash-key.ts';
import { ProviderKeyVault } from '../../src/auth/provider-key-vault.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { providerKeys } from '../../src/db/schema/provider-keys.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { newId } from '../../src/domain/ids.ts';
import { parseEnv } from '../../src/env.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createApp } from '../../src/server/app.ts';
import { createServices } from '../../src/services.ts';
import { database, variables } from './gateway.ts';

export interface RoutedTenant {
  readonly tenantId: string;
  readonly keyId: string;
  readonly key: string;
}

/** Creates tenants with keys of their own for the providers: what fails for one of them cools down for it alone. */
export async function createRoutedTenants(
  count: number,
  columns: Partial<typeof apiKeys.$inferInsert> & { readonly storeResponses?: boolean } = {},
): Promise<RoutedTenant[]> {
  const { storeResponses, ...keyColumns } = columns;
  const vault = new ProviderKeyVault(variables.ENCRYPTION_KEY);
  const created = Array.from({ length: count }, () => {
    const keyId = newId('key');
    return { tenantId: newId('ten'), keyId, key: `test-${keyId}` };
  });
  await database
    .insert(tenants)
    .values(created.map(({ tenantId }) => ({ id: tenantId, name: tenantId, storeResponses })));
  const keys = created.map(async ({ tenantId, keyId, key }) => {
    return { id: keyId, tenantId, name: 'test', keyHash: await hashKey(key), ...keyColumns };
  });
  await database.insert(apiKeys).values(await Promise.all(keys));
  const secrets = { openai: variables.OPENAI_API_KEY ?? '', claude: variables.ANTHROPIC_API_KEY ?? '' };
  const encrypted = created.flatMap(({ tenantId }) =>
    Object.entries(secrets).map(async ([provider, secret]) => {
      const encryptedKey = await vault.encrypt(secret, { tenantId, provider });
      return { tenantId, provider, encryptedKey, ending: secret.slice(-4) };
    }),
  );
  await database.insert(providerKeys).values(await Promise.all(encrypted));
  return created;
}

/** Creates the Worker's parts with other variables, and with a queue of jobs that keeps its messages: a test delivers them. */
export function createRoutedGateway(changes: Readonly<Record<string, string>> = {}) {
  const settings = parseEnv({ ...env, ...changes });
  const services = createServices(settings);
  const jobs = {
    ...services.background.jobs,
    enqueue: async () => undefined,
    enqueueDeadLetter: async () => undefined,
    logger: createLogger('error'),
  };
  const app = createApp({ ...services, jobs, corsOrigins: undefined, local: true });
  const send = async (path: string, init: RequestInit) =>
    await app.fetch(new Request(`http://gateway.test${path}`, init), settings, createExecutionContext());
  const post = async (path: string, body: unknown, headers: Readonly<Record<string, string>>, signal?: AbortSignal) =>
    await send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: signal ?? null,
    });
  return { send, post, jobs, services };
}
