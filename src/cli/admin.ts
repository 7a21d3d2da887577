/**
 * `npm run admin -- …`: manages tenants, keys, routes and archives of the ledger in the database of DATABASE_URL or of `npm run dev`,
 * lists alerts, and tests providers and the webhook for alerts.
 */
import { fileURLToPath } from 'node:url';
import { ProviderKeyVault } from '../auth/provider-key-vault.ts';
import { readSettings } from '../dev/dev-settings.ts';
import { readRoutesFile } from '../dev/read-routes-file.ts';
import { reportFailure, StartError } from '../dev/start-error.ts';
import { GatewayError } from '../domain/errors.ts';
import { parseRegistrySettings } from '../env.ts';
import { createRegistry } from '../providers/create-registry.ts';
import { adminCommands } from './admin-commands.ts';
import { parseCommand } from './admin-options.ts';
import { withDatabase } from './open-admin-database.ts';
import { openLedgerSession } from './open-ledger-session.ts';
import { testAlert } from './test-alert.ts';
import { testProvider } from './test-provider.ts';

try {
  await run(process.argv.slice(2));
} catch (error) {
  reportFailure(error instanceof GatewayError ? new StartError(error.message) : error);
}

async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseCommand(args);
  const [name = '', argument, ...rest] = positionals;
  const command = Object.hasOwn(adminCommands, name) ? adminCommands[name] : undefined;
  const takesArgument = command?.takesArgument ?? true;
  const isComplete = takesArgument ? argument !== undefined && rest.length === 0 : argument === undefined;
  const readAll = () => readSettings(process.env, fileURLToPath(new URL('../../.env', import.meta.url)));
  if (name === 'test-provider' && argument !== undefined && isComplete) {
    console.log(await testProvider(argument, { variables: readAll().variables, model: values.model }));
    return;
  }
  if (name === 'test-alert' && argument === undefined) {
    console.log(await testAlert(readAll()));
    return;
  }
  if (!command || !isComplete) throw new StartError(formatUsage());
  const settings = readAll();
  await withDatabase(settings, async (database) => {
    const dependencies = {
      database,
      vault: new ProviderKeyVault(undefined),
      registry: createRegistry(parseRegistrySettings(settings.variables)),
      readFileRoutes: () =>
        readRoutesFile(fileURLToPath(new URL('../../routes.json', import.meta.url)), settings.variables),
      openSession: () => openLedgerSession(settings),
      now: () => Date.now(),
      local: false,
    };
    console.log(await command.run(dependencies, argument ?? '', values));
  });
}

function formatUsage(): string {
  const lines = Object.entries(adminCommands).map(([name, { usage }]) => `  ${name.padEnd(13)} ${usage}`.trimEnd());
  const limits = '[--rpm N] [--tpm N] [--concurrency N] [--daily-budget DOLLARS] [--monthly-budget DOLLARS]';
  const endUsers =
    'the same of each end user with --end-user- before them, such as [--end-user-rpm N]; [--require-end-user]';
  lines.push(`  ${'test-provider'.padEnd(13)} NAME [--model MODEL]       sends a provider one cheap request`);
  lines.push(
    `  ${'test-alert'.padEnd(13)}                            sends alert.test to ALERT_WEBHOOK_URL, and says what came back`,
  );
  return [
    'Usage: npm run admin -- COMMAND',
    ...lines,
    `LIMITS: ${limits}, ${endUsers}. TENANT is an id or a name.`,
  ].join('\n');
}
