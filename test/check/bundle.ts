/** Builds the Worker as it deploys, and holds it to its size. What the bundler cannot leave out shows here first. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const maxKib = 900;
const folder = '.wrangler/dry-run';

const { status } = spawnSync('wrangler', ['deploy', '--dry-run', '--minify', '--outdir', folder], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
const kib = gzipSync(readFileSync(`${folder}/index.js`)).byteLength / 1024;
console.log(`${kib.toFixed(0)} KiB with gzip`);
if (kib > maxKib) {
  console.error(
    `The Worker is larger than ${maxKib} KiB. Is zod imported as "import * as z", so that its languages are left out?`,
  );
  process.exit(1);
}
