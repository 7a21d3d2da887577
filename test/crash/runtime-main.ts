/**
 * Runs a built Worker in a workerd of its own, to be killed with it: `node runtime-main.ts FOLDER MODULE VARIABLES`.
 * Prints the Worker's address, and stops when its input ends.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from 'wrangler';

const [, , folder = '', module = '', variables = '{}'] = process.argv;
const configPath = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));
const { workerOptions } = readWorkerOptions(configPath);
const runtime = new Miniflare(
  convertV4MiniflareOptions({
    ...workerOptions,
    name: 'gateway',
    bindings: JSON.parse(variables),
    modulesRoot: folder,
    modules: [{ type: 'ESModule', path: join(folder, module) }],
    host: '127.0.0.1',
    port: 0,
    cf: false,
    unsafeTriggerHandlers: true,
    log: new Log(LogLevel.ERROR),
  }),
);
console.log((await runtime.ready).origin);
process.stdin.resume().on('end', async () => {
  await runtime.dispose();
  process.exit();
});
