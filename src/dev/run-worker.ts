import { spawn } from 'node:child_process';
import { unstable_readConfig as readConfig, unstable_startWorker as startWorker } from 'wrangler';
import type { WorkerOptions, WorkerReport } from './worker-process.ts';

/*
 * The process in which wrangler runs the Worker. It leads a process group of its own, so that a Ctrl-C in the terminal
 * does not reach workerd before the queues are drained; and it dies with the runner, and takes all of the group along.
 */

const report = (message: WorkerReport) => process.send?.(message);
const endGroup = () => process.kill(-process.pid, 'SIGKILL');

process.on('disconnect', endGroup);
guardGroup();
process.once('message', (options: WorkerOptions) => {
  run(options).catch((error: Error) => report({ type: 'failed', message: error.message }));
});
report({ type: 'waiting' });

async function run(options: WorkerOptions): Promise<void> {
  const config = readConfig({ config: options.configPath });
  const variables = Object.entries(options.variables).map(([name, value]) => [name, { type: 'plain_text', value }]);
  const worker = await startWorker({
    config: options.configPath,
    entrypoint: options.entryPath,
    // Named, so that no .dev.vars is read; and not loaded, by CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: the runner has read it.
    envFiles: ['.env'],
    bindings: {
      ...Object.fromEntries(variables),
      LOCAL_JOURNAL: { type: 'durable_object_namespace', class_name: 'Journal' },
    },
    migrations: [...(config.migrations ?? []), { tag: 'local-journal', new_sqlite_classes: ['Journal'] }],
    dev: {
      remote: false,
      server: { hostname: options.host, port: options.port, secure: false },
      inspector: false,
      persist: options.persistPath ?? false,
      watch: true,
      logLevel: 'warn',
      structuredLogsHandler: ({ level, message }: { level: string; message: string }) =>
        report({ type: 'log', level, message }),
    },
  });
  await worker.ready;
  report({ type: 'ready' });
}

/** Should this process be killed without a word, the guard finds its pipe closed and ends the rest of the group. */
function guardGroup(): void {
  const guard = spawn('sh', ['-c', `read _; kill -s KILL -- -${process.pid}`], { stdio: ['pipe', 'ignore', 'ignore'] });
  guard.on('error', () => {});
  guard.unref();
}
