import { afterAll } from 'vitest';
import { ProviderKeyVault } from '../../../src/auth/provider-key-vault.ts';
import type { AdminDependencies } from '../../../src/cli/admin-command.ts';
import { runAdmin } from '../../../src/cli/admin-commands.ts';
import { openLedgerSession } from '../../../src/cli/open-ledger-session.ts';
import { readText } from '../../../src/cli/read-text.ts';
import { openDatabase } from '../../../src/db/client.ts';
import { sumOwnerCharges } from '../../../src/db/queries/budget-charges.ts';
import type { LimitOwner } from '../../../src/domain/limits.ts';
import type { Route } from '../../../src/domain/route.ts';
import { parseRegistrySettings } from '../../../src/env.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { LimitStatusReader } from '../../../src/limits/read-limit-status.ts';
import { openRedis } from '../../../src/limits/redis-client.ts';
import { RedisCounters } from '../../../src/limits/redis-counters.ts';
import { createRegistry } from '../../../src/providers/create-registry.ts';
import { auditActor } from '../../support/audit-actor.ts';
import { startEngines } from '../../support/engines.ts';

const engines = await startEngines('embedded');
afterAll(() => engines.stop());

const { DATABASE_URL: url, DATABASE_HTTP_URL: httpUrl } = engines.variables;
const { UPSTASH_REDIS_REST_URL: redisUrl, UPSTASH_REDIS_REST_TOKEN: token } = engines.variables;
const redis = openRedis({ url: redisUrl, token, timeoutMs: 5_000 });
export const database = openDatabase({ url, httpUrl, timeoutMs: 10_000 });
const acme = '[{"name":"acme","baseUrl":"https://acme.example.com/v1"}]';
export const fileRoutes: Route[] = [];
const registry = createRegistry(parseRegistrySettings({ OPENAI_API_KEY: 'sk-test', COMPATIBLE_PROVIDERS: acme }));
/** What stands in the standard input. */
let input = '';

export function setInput(text: string): void {
  input = text;
}

/** The counters of the limits, on the Redis of these tests. */
export const counters = new RedisCounters(redis, { timeoutMs: 2_000, now: Date.now });

const limitStatus = new LimitStatusReader({
  redis,
  sumCharges: (owners, day) => sumOwnerCharges(database, owners, day),
  timeoutMs: 2_000,
  logger: createLogger('error', () => undefined),
  now: Date.now,
});

const dependencies = {
  readRemaining: (owners: readonly LimitOwner[]) => limitStatus.read(owners),
  database,
  vault: new ProviderKeyVault(Buffer.alloc(32, 7).toString('base64')),
  registry,
  providers: registry.entries,
  readText: (path: string) => (path === '-' ? input : readText(path)),
  readFileRoutes: () => fileRoutes,
  openSession: () => openLedgerSession({ databaseUrl: undefined }),
  now: () => Date.now(),
  local: false,
  actor: auditActor,
};

/** What a command line shows. */
export async function admin(line: string, changes: { readonly readRemaining?: undefined } = {}): Promise<string> {
  let text = '';
  const writeParts = async (parts: AsyncIterable<string>) => {
    for await (const part of parts) text += part;
  };
  const withParts = async (work: (parts: AdminDependencies) => Promise<void>) => {
    await work({ ...dependencies, ...changes });
  };
  const environment = { variables: () => ({}), withDependencies: withParts, writeParts };
  return (await runAdmin(line.split(' '), environment)) ?? text;
}

/** What it prints with `--json`. */
export const json = async (line: string) => JSON.parse(await admin(`${line} --json`));
