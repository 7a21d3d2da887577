import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CodingAgent } from './coding-agent.ts';
import { runProcess } from './run-process.ts';

const installTimeoutMs = 600_000;

/**
 * Installs an agent's pinned version from the npm registry into a folder, and returns the folder of its commands. What is
 * installed already stays.
 */
export async function installAgent(
  { id, packageName, version }: CodingAgent,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<string> {
  const target = join(folder, 'installed', id);
  const binFolder = join(target, 'node_modules', '.bin');
  if (readInstalledVersion(join(target, 'node_modules', packageName)) === version) return binFolder;
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), '{"private":true}\n');
  const command = ['npm', 'install', '--no-fund', '--no-audit', '--loglevel=error', `${packageName}@${version}`];
  const { code, output } = await runProcess(command, {
    folder: target,
    environment: installEnvironment(folder),
    timeoutMs: installTimeoutMs,
    signal,
  });
  if (code !== 0) throw new Error(`npm has not installed ${packageName}@${version} (${code}): ${output.slice(-1000)}`);
  return binFolder;
}

function readInstalledVersion(packageFolder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/**
 * The environment of this program, for a machine may need its own settings to reach the registry: certificates, proxies, npm's own.
 * Only the home of install scripts is not that of the user.
 */
function installEnvironment(folder: string): Record<string, string> {
  const own = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return {
    npm_config_userconfig: join(homedir(), '.npmrc'),
    npm_config_cache: join(homedir(), '.npm'),
    ...Object.fromEntries(own),
    HOME: folder,
    TMPDIR: folder,
  };
}
