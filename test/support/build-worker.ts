import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Holds `index.js`: the Worker as it is deployed. */
    workerFolder: string;
  }
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Builds the Worker once for all tests of a project, exactly as a deployment does. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'built-worker-'));
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const build = [wrangler, 'deploy', '--dry-run', '--outdir', folder];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: folder, CI: 'true' };
  await promisify(execFile)(process.execPath, build, { cwd: root, env });
  project.provide('workerFolder', folder);
  return () => rm(folder, { recursive: true, force: true });
}
