import { fileURLToPath } from 'node:url';
import { ensureAssets } from '../build/assets.ts';
import { openDataFolder } from './data-folder.ts';
import { readSettings } from './dev-settings.ts';
import { startLocalServices } from './local-services.ts';
import { writeServicesFile } from './running-services.ts';
import { logStep } from './start-banner.ts';
import { reportFailure } from './start-error.ts';
import { listenForStopSignals } from './stop-signals.ts';

/* The local endpoints alone, for a Worker that is run by hand. */

const signals = listenForStopSignals();
const cleanup = new AsyncDisposableStack();
try {
  const result = await Promise.race([start(), signals.stop]);
  if (result === undefined) process.exit(130);
  await signals.stop;
} catch (error) {
  reportFailure(error);
}
await cleanup.disposeAsync();
process.exit();

async function start(): Promise<'started'> {
  await ensureAssets();
  const settings = readSettings(process.env, fileURLToPath(new URL('../../.env', import.meta.url)));
  const folder =
    settings.dataDir === 'memory' ? undefined : await openDataFolder(settings.dataDir, 'npm run dev:services');
  cleanup.defer(() => folder?.unlock());
  const services = await startLocalServices(settings, folder, logStep);
  cleanup.defer(services.close);
  if (folder) cleanup.defer(writeServicesFile(folder.path('.'), services.variables));
  console.log(`
Ready. Ctrl-C stops it. In another terminal:

  ${formatWranglerCommand({ ...settings.variables, ...services.variables }, settings.host, settings.port)}

wrangler fires no cron triggers by itself: open /cdn-cgi/handler/scheduled to run them.
`);
  return 'started';
}

function formatWranglerCommand(variables: Readonly<Record<string, string>>, host: string, port: number): string {
  const options = Object.entries(variables).map(([name, value]) => `--var ${quoteShellWord(`${name}:${value}`)}`);
  return [`npx wrangler dev --ip ${host} --port ${port}`, ...options].join(' \\\n    ');
}

/** Quotes a text as one word of a POSIX shell. */
function quoteShellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
