import { fileURLToPath } from 'node:url';
import { ensureAssets } from '../build/assets.ts';
import { runDev } from './run-dev.ts';

await ensureAssets();
await runDev({
  dotEnvPath: fileURLToPath(new URL('../../.env', import.meta.url)),
  configPath: fileURLToPath(new URL('../../wrangler.toml', import.meta.url)),
  routesPath: fileURLToPath(new URL('../../routes.json', import.meta.url)),
  entryPath: fileURLToPath(new URL('worker.ts', import.meta.url)),
});
