import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string } }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Returns the CPU milliseconds of the Worker's startup, from wrangler's profile. */
export async function measureStartup(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-startup-'));
  try {
    const outfile = join(folder, 'startup.cpuprofile');
    const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
    const check = [wrangler, 'check', 'startup', '--args=--minify', '--outfile', outfile];
    const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: folder, CI: 'true' };
    await promisify(execFile)(process.execPath, check, { cwd: root, env });
    const { nodes, samples, timeDeltas }: CpuProfile = JSON.parse(await readFile(outfile, 'utf8'));
    const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id));
    return samples.reduce((sum, id, index) => sum + (idle.has(id) ? 0 : (timeDeltas[index] ?? 0)), 0) / 1000;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns the size of the built Worker as Cloudflare counts it, in KiB of gzip. */
export async function measureBundle(folder: string): Promise<number> {
  return gzipSync(await readFile(join(folder, 'index.js'))).byteLength / 1024;
}
