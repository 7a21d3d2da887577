import { afterAll } from 'vitest';
import { ProviderKeyVault } from '../../../src/auth/provider-key-vault.ts';
import { runAdmin } from '../../../src/cli/admin-commands.ts';
import { openLedgerSession } from '../../../src/cli/open-ledger-session.ts';
import { readText } from '../../../src/cli/read-text.ts';
import { openDatabase } from '../../../src/db/client.ts';
import type { Route } from '../../../src/domain/route.ts';
import { parseRegistrySettings } from '../../../src/env.ts';
import { createRegistry } from '../../../src/providers/create-registry.ts';
import { auditActor } from '../../support/audit-actor.ts';
import { startEngines } from '../../support/engines.ts';

const engines = await startEngines('embedded');
afterAll(() => engines.stop());

const { DATABASE_URL: url, DATABASE_HTTP_URL: httpUrl } = engines.variables;
export const database = openDatabase({ url, httpUrl, timeoutMs: 10_000 });
const acme = '[{"name":"acme","baseUrl":"https://acme.example.com/v1"}]';
export const fileRoutes: Route[] = [];
const registry = createRegistry(parseRegistrySettings({ OPENAI_API_KEY: 'sk-test', COMPATIBLE_PROVIDERS: acme }));
/** What stands in the standard input. */
let input = '';

export function setInput(text: string): void {
  input = text;
}

const dependencies = {
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
export async function admin(line: string): Promise<string> {
  return await runAdmin(line.split(' '), { variables: () => ({}), withDependencies: (work) => work(dependencies) });
}

/** What it prints with `--json`. */
export const json = async (line: string) => JSON.parse(await admin(`${line} --json`));
