import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAddress, ownUrl, publicUrl } from './api-address.ts';
import { startCron } from './cron.ts';
import { openDataFolder } from './data-folder.ts';
import { readSettings } from './dev-settings.ts';
import { startLocalServices } from './local-services.ts';
import { writeServicesFile } from './running-services.ts';
import { newSecret } from './secret.ts';
import { logStep, printBanner } from './start-banner.ts';
import { reportFailure, StartError } from './start-error.ts';
import { listenForStop } from './stop-signals.ts';
import { spawnWorkerProcess } from './worker-process.ts';

/** The files that a local stack is made from. */
export interface DevFiles {
  readonly dotEnvPath: string;
  /** The Worker's wrangler.toml. */
  readonly configPath: string;
  /** The module to run: the product's, wrapped `withJournal`. */
  readonly entryPath: string;
}

const answerTimeoutMs = 60_000;
const drainTimeoutMs = 2_100;
const stopTimeoutMs = 2_600;

/** Runs the local stack until it is told to stop, then ends this process. */
export async function runDev(files: DevFiles): Promise<void> {
  const signals = listenForStop();
  const cleanup = new AsyncDisposableStack();
  const exitAtOnce = () => {
    void cleanup.disposeAsync();
    process.exit(130);
  };
  try {
    const stack = await Promise.race([startStack(files, cleanup), signals.stop]);
    if (stack === undefined) return exitAtOnce();
    const ended = await Promise.race([signals.stop, stack.workerGone.then(() => 'worker gone' as const)]);
    if (ended !== undefined) throw new StartError('The process that runs the Worker has ended unexpectedly.');
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
  const { host, port, dataDir } = settings;
  const folder = dataDir === 'memory' ? undefined : await openDataFolder(dataDir, publicUrl(host, port));
  cleanup.defer(() => folder?.unlock());
  await checkAddress(host, port);

  console.log('Starting the local stack. The first start takes longest: it makes a database.\n');
  const worker = spawnWorkerProcess(folder?.path('logs') ?? join(tmpdir(), 'ai-aggregator-logs'));
  cleanup.defer(worker.kill);
  const services = await startLocalServices(settings, folder, logStep);
  cleanup.defer(services.close);
  if (folder) cleanup.defer(writeServicesFile(folder.path('.'), services.variables));
  // What is deferred last goes first: the Worker must not outlive what it calls.
  cleanup.defer(worker.kill);
  const secret = newSecret();
  await worker.start({
    configPath: files.configPath,
    entryPath: files.entryPath,
    host,
    port,
    variables: { ...settings.variables, ...services.variables, LOCAL_SECRET: secret },
    persistPath: folder?.path('worker'),
  });
  await untilItAnswers(ownUrl(host, port));
  logStep('Worker, in workerd, reloaded when its source changes');
  const cron = startCron(ownUrl(host, port));
  printBanner(settings, services.seeded, startedAtMs);
  const beforeDrain = () => {
    cron.stop();
    folder?.announceStop();
  };
  return { workerUrl: ownUrl(host, port), secret, workerGone: worker.gone, beforeDrain };
}

/** Wrangler says that it is ready before it lets requests through, and the first of them loads the Worker. */
async function untilItAnswers(workerUrl: string): Promise<void> {
  try {
    await fetch(`${workerUrl}/ready`, { signal: AbortSignal.timeout(answerTimeoutMs) });
  } catch {
    throw new StartError(`The Worker does not answer within ${answerTimeoutMs / 1000} s.`);
  }
}

/** Lets the Worker's consumers take what is queued. What they do not take in time stays in the journal. */
async function drain(workerUrl: string, secret: string): Promise<void> {
  console.log('\nStopping: what is queued is being written.');
  try {
    const response = await fetch(`${workerUrl}/__local/drain`, {
      headers: { 'x-local-secret': secret },
      signal: AbortSignal.timeout(drainTimeoutMs),
    });
    const { left } = (await response.json()) as { left: number };
    if (left > 0) console.log(`Not all could be written (${left} messages). The next start goes on with it.`);
  } catch {
    console.log('The Worker does not answer. The next start goes on with what is queued.');
  }
}
