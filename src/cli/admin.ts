/**
 * `npm run admin -- …`: creates, lists and ends tenants and keys in the database of DATABASE_URL or of `npm run dev`, and tests
 * providers.
 */
import { fileURLToPath } from 'node:url';
import { ProviderKeyVault } from '../auth/provider-key-vault.ts';
import { readSettings } from '../dev/dev-settings.ts';
import { reportFailure, StartError } from '../dev/start-error.ts';
import { GatewayError } from '../domain/errors.ts';
import { adminCommands } from './admin-commands.ts';
import { parseCommand } from './admin-options.ts';
import { withDatabase } from './open-admin-database.ts';
import { testProvider } from './test-provider.ts';

try {
  await run(process.argv.slice(2));
} catch (error) {
  reportFailure(error instanceof GatewayError ? new StartError(error.message) : error);
}

async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseCommand(args);
  const [name = '', argument, ...rest] = positionals;
  const isComplete = name === 'list-tenants' ? argument === undefined : argument !== undefined && rest.length === 0;
  const settings = () => readSettings(process.env, fileURLToPath(new URL('../../.env', import.meta.url)));
  if (name === 'test-provider' && argument !== undefined && isComplete) {
    console.log(await testProvider(argument, { variables: settings().variables, model: values.model }));
    return;
  }
  const command = Object.hasOwn(adminCommands, name) ? adminCommands[name] : undefined;
  if (!command || !isComplete) throw new StartError(formatUsage());
  await withDatabase(settings(), async (database) => {
    const tenants = { database, vault: new ProviderKeyVault(undefined), now: () => Date.now(), local: false };
    console.log(await command.run(tenants, argument ?? '', values));
  });
}

function formatUsage(): string {
  const lines = Object.entries(adminCommands).map(([name, { usage }]) => `  ${name.padEnd(13)} ${usage}`);
  const limits = '[--rpm N] [--tpm N] [--concurrency N] [--daily-budget DOLLARS] [--monthly-budget DOLLARS]';
  lines.push(`  ${'test-provider'.padEnd(13)} NAME [--model MODEL]       sends a provider one cheap request`);
  return ['Usage: npm run admin -- COMMAND', ...lines, `LIMITS: ${limits}. TENANT is an id or a name.`].join('\n');
}
