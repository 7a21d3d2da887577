import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAddress, getPublicUrl, getRunnerUrl } from './api-address.ts';
import { startCron } from './cron.ts';
import { openDataFolder } from './data-folder.ts';
import { readSettings } from './dev-settings.ts';
import { startLocalServices } from './local-services.ts';
import { readRoutesFile } from './read-routes-file.ts';
import { writeServicesFile } from './running-services.ts';
import { createSecret } from './secret.ts';
import { logStep, printBanner } from './start-banner.ts';
import { reportFailure, StartError } from './start-error.ts';
import { listenForStopSignals } from './stop-signals.ts';
import { spawnWorkerProcess } from './worker-process.ts';

/** The files of a local stack. */
export interface DevFiles {
  readonly dotEnvPath: string;
  /** The Worker's wrangler.toml. */
  readonly configPath: string;
  /** The module to run: the Worker's, wrapped by `withJournal`. */
  readonly entryPath: string;
  /** The routes.json that the Worker is built with. */
  readonly routesPath: string;
}

const readyTimeoutMs = 120_000;
const drainTimeoutMs = 2_100;
const stopTimeoutMs = 2_600;

/** Runs the local stack until a signal stops it, then ends this process. */
export async function runDev(files: DevFiles): Promise<void> {
  const signals = listenForStopSignals();
  const cleanup = new AsyncDisposableStack();
  const exitAtOnce = () => {
    void cleanup.disposeAsync();
    process.exit(130);
  };
  try {
    const stack = await Promise.race([startStack(files, cleanup), signals.stop]);
    if (stack === undefined) return exitAtOnce();
    const outcome = await Promise.race([signals.stop, stack.workerExit.then(() => 'worker gone' as const)]);
    if (outcome !== undefined) throw new StartError('The process that runs the Worker has ended unexpectedly.');
    signals.onForce(exitAtOnce);
    setTimeout(exitAtOnce, stopTimeoutMs).unref();
    stack.beforeDrain();
    await drain(stack.workerUrl, stack.secret);
  } catch (error) {
    reportFailure(error);
  }
  await cleanup.disposeAsync();
  process.exit();
}

async function startStack(files: DevFiles, cleanup: AsyncDisposableStack) {
  const startedAtMs = Date.now();
  const settings = readSettings(process.env, files.dotEnvPath);
  readRoutesFile(files.routesPath, settings.variables);
  const { host, port, dataDir } = settings;
  const folder = dataDir === 'memory' ? undefined : await openDataFolder(dataDir, getPublicUrl(host, port));
  cleanup.defer(() => folder?.unlock());
  await checkAddress(host, port);

  console.log('Starting the local stack. The first start takes about 15 s: it creates a database.\n');
  const worker = spawnWorkerProcess(folder?.path('logs') ?? join(tmpdir(), 'ai-aggregator-logs'));
  cleanup.defer(worker.kill);
  const services = await startLocalServices(settings, folder, logStep);
  cleanup.defer(services.close);
  if (folder) cleanup.defer(writeServicesFile(folder.path('.'), services.variables));
  // The last deferred call runs first: the Worker must end before the services that it uses.
  cleanup.defer(worker.kill);
  const secret = createSecret();
  await worker.start({
    configPath: files.configPath,
    entryPath: files.entryPath,
    host,
    port,
    variables: { ...settings.variables, ...services.variables, LOCAL_SECRET: secret },
    persistPath: folder?.path('worker'),
  });
  await waitUntilReady(getRunnerUrl(host, port));
  logStep('Worker, in workerd, reloaded when its source changes');
  const cron = startCron(getRunnerUrl(host, port));
  printBanner(settings, services.seeded, startedAtMs);
  worker.showLogs();
  const beforeDrain = () => {
    cron.stop();
    folder?.markStopping();
  };
  return { workerUrl: getRunnerUrl(host, port), secret, workerExit: worker.exited, beforeDrain };
}

/**
 * Waits until the Worker responds. Wrangler reports that it is ready before it lets requests through, and the first
 * request loads the Worker.
 */
async function waitUntilReady(workerUrl: string): Promise<void> {
  try {
    await fetch(`${workerUrl}/ready`, { signal: AbortSignal.timeout(readyTimeoutMs) });
  } catch {
    throw new StartError(`The Worker does not answer within ${readyTimeoutMs / 1000} s.`);
  }
}

/** Lets the Worker's consumers process the queues. Messages that they do not process in time stay in the journal. */
async function drain(workerUrl: string, secret: string): Promise<void> {
  console.log('\nStopping: the queued messages are being processed.');
  try {
    const response = await fetch(`${workerUrl}/__local/drain`, {
      headers: { 'x-local-secret': secret },
      signal: AbortSignal.timeout(drainTimeoutMs),
    });
    const { left } = (await response.json()) as { left: number };
    if (left > 0) console.log(`Messages not processed yet: ${left}. The next start continues with them.`);
  } catch {
    console.log('The Worker does not answer. The next start continues with the queued messages.');
  }
}
