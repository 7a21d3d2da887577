import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findFreePort } from '../support/free-port.ts';
import type { Target } from './worker.ts';

/** The most similar gateway, with versions of its dependencies that work with its streams on Node. */
const dependencies = { '@portkey-ai/gateway': '1.15.2', hono: '4.9.7', '@hono/node-server': '1.13.5' };

/** Installs Portkey's gateway into a temporary folder and starts the published program on Node. */
export async function startPortkey(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-portkey-'));
  const { hono, '@hono/node-server': nodeServer } = dependencies;
  const overrides = { hono, '@hono/node-server': nodeServer };
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies, overrides }),
  );
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const [code] = await once(spawn('npm', install, { cwd: folder, stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error('Portkey could not be installed.');
  const port = await findFreePort();
  const main = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  const child = spawn(process.execPath, [main, `--port=${port}`, '--headless'], { cwd: folder, stdio: 'ignore' });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill();
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 100; tries += 1) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return { url, pid: child.pid, stop };
    await wait(100);
  }
  await stop();
  throw new Error('Portkey did not start.');
}

/** Returns the headers that select the provider of a call. */
export function portkeyHeaders(upstreamUrl: string): Record<string, string> {
  return { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstreamUrl}/v1` };
}
