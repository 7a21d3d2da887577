/**
 * `npm run admin -- …`: manages tenants, keys, prices, routes and archives of the ledger in the database of DATABASE_URL or of
 * `npm run dev`, and tests providers.
 */
import { fileURLToPath } from 'node:url';
import { ProviderKeyVault } from '../auth/provider-key-vault.ts';
import { readSettings } from '../dev/dev-settings.ts';
import { readRoutesFile } from '../dev/read-routes-file.ts';
import { reportFailure, StartError } from '../dev/start-error.ts';
import { GatewayError } from '../domain/errors.ts';
import { parseRegistrySettings } from '../env.ts';
import { createRegistry } from '../providers/create-registry.ts';
import type { AdminDependencies } from './admin-command.ts';
import { runAdmin } from './admin-commands.ts';
import { getCliActor } from './get-cli-actor.ts';
import { withDatabase } from './open-admin-database.ts';
import { openLedgerSession } from './open-ledger-session.ts';
import { readText } from './read-text.ts';

const fromProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const readAll = () => readSettings(process.env, fromProject('.env'));

try {
  console.log(await runAdmin(process.argv.slice(2), { variables: () => readAll().variables, withDependencies }));
} catch (error) {
  reportFailure(error instanceof GatewayError ? new StartError(error.message) : error);
}

async function withDependencies(work: (dependencies: AdminDependencies) => Promise<void>): Promise<void> {
  const settings = readAll();
  const registry = createRegistry(parseRegistrySettings(settings.variables));
  await withDatabase(settings, async (database) => {
    await work({
      database,
      vault: new ProviderKeyVault(settings.variables.ENCRYPTION_KEY),
      registry,
      providers: registry.entries,
      readFileRoutes: () => readRoutesFile(fromProject('routes.json'), settings.variables),
      openSession: () => openLedgerSession(settings),
      readText,
      now: () => Date.now(),
      local: false,
      actor: getCliActor(),
    });
  });
}
