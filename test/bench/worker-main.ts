/**
 * Runs a Worker in a workerd of its own, as Cloudflare would run it: `node worker-main.ts OPTIONS`, JSON. Prints its address
 * and its process id as JSON, and stops when its input ends.
 */
import { fileURLToPath } from 'node:url';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from 'wrangler';
import { findChildProcesses } from '../support/process-usage.ts';
import type { WorkerOptions } from './worker.ts';

const { kind, folder, module, variables } = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const configPath = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));
// Omitted: Miniflare puts its own Worker in front of a Worker with static assets.
const { assets, ...configured } = readWorkerOptions(configPath).workerOptions;
const { compatibilityDate, compatibilityFlags } = configured;
const runtime = new Miniflare(
  convertV4MiniflareOptions({
    ...(kind === 'product' ? configured : { compatibilityDate, compatibilityFlags }),
    name: 'worker',
    bindings: variables,
    modulesRoot: folder,
    modules: [{ type: 'ESModule', path: `${folder}/${module}` }],
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    host: '127.0.0.1',
    port: 0,
    cf: false,
    log: new Log(LogLevel.ERROR),
    // The platform collects the log of a deployed Worker. The bench discards it.
    handleStructuredLogs: () => undefined,
  }),
);
await runtime.ready;
const { origin: url } = await runtime.unsafeGetDirectURL('worker');
const [pid] = await findChildProcesses('workerd');
console.log(JSON.stringify({ url, pid }));
process.stdin.resume().on('end', async () => {
  await runtime.dispose();
  process.exit();
});
