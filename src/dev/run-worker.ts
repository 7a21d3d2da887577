import { spawn } from 'node:child_process';
import { unstable_readConfig as readConfig, unstable_startWorker as startWorker } from 'wrangler';
import type { WorkerOptions, WorkerReport } from './worker-process.ts';

/*
 * The process in which wrangler runs the Worker. It leads a process group of its own, so that a Ctrl-C in the terminal
 * does not reach workerd before the queues are drained. It ends with the runner, and ends its whole group.
 */

const sendReport = (message: WorkerReport) => process.send?.(message);
const endGroup = () => process.kill(-process.pid, 'SIGKILL');

process.on('disconnect', endGroup);
guardGroup();
process.once('message', (options: WorkerOptions) => {
  run(options).catch((error: Error) => sendReport({ type: 'failed', message: error.message }));
});
sendReport({ type: 'waiting' });

async function run(options: WorkerOptions): Promise<void> {
  const config = readConfig({ config: options.configPath });
  const variables = Object.entries(options.variables).map(([name, value]) => [name, { type: 'plain_text', value }]);
  const worker = await startWorker({
    config: options.configPath,
    entrypoint: options.entryPath,
    // This name keeps wrangler from reading .dev.vars. CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV keeps it from loading .env, which
    // the runner has read.
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
        sendReport({ type: 'log', level, message }),
    },
  });
  await worker.ready;
  sendReport({ type: 'ready' });
}

/** Starts a guard that ends the rest of the group if this process is killed: the guard finds its pipe closed. */
function guardGroup(): void {
  const guard = spawn('sh', ['-c', `read _; kill -s KILL -- -${process.pid}`], { stdio: ['pipe', 'ignore', 'ignore'] });
  guard.on('error', () => {});
  guard.unref();
}
