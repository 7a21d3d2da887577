/** `npm run check`: everything about the tree that is not a test of its behaviour. Runs all of it, fails if any fails. */
import { spawnSync } from 'node:child_process';

const checks: readonly (readonly [name: string, command: string])[] = [
  ['format, lint and layers', 'biome check --error-on-warnings .'],
  ['layer rules match their table', 'node test/check/layers.ts --check'],
  ['words of the field', 'node test/check/vocabulary.ts'],
  ['one module of each base name', 'node test/check/base-names.ts'],
  ['documentation', 'node test/check/documentation.ts'],
  ['types of the Worker', 'tsc -p tsconfig.json'],
  ['types of the programs beside it', 'tsc -p src/dev/tsconfig.json'],
  ['types of the browser apps', 'tsc -p src/web/tsconfig.json'],
  ['dead code', 'knip'],
  ['migrations', 'drizzle-kit check'],
  ['migrations match the schema', 'node test/check/migrations.ts'],
  ['the static assets', 'node src/build/build-assets.ts'],
  ['schema.graphql matches the schema', 'node src/build/print-schema.ts --check'],
  ['types of the console match the schema', 'node src/build/console-documents.ts --check'],
  ['openapi.json matches the routes', 'node src/build/print-openapi.ts --check'],
  ['the Worker as it deploys', 'node test/check/bundle.ts'],
  ['the start of the Worker', 'node test/check/startup.ts'],
];

const failures: string[] = [];
for (const [name, command] of checks) {
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8' });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (status === 0) continue;
  failures.push(name);
  console.log(`\n$ ${command}\n${stdout}${stderr}`);
}
if (failures.length > 0) {
  console.log(`\nFailed: ${failures.join(', ')}`);
  process.exit(1);
}
