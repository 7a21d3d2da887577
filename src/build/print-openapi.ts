/**
 * `npm run openapi:print`: writes the OpenAPI document to src/build/openapi/openapi.json. With `--check` it writes
 * nothing, and fails if that file is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// The document describes the Worker, whose globals are not Node's: so are its types.
const { describeApi }: { describeApi: (version: string) => object } = await import(
  new URL('./openapi/document.ts', import.meta.url).href
);

const path = fileURLToPath(new URL('./openapi/openapi.json', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const text = `${JSON.stringify(describeApi(version), null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(path, text);
else if (readFileSync(path, 'utf8') !== text) {
  console.error('src/build/openapi/openapi.json is not what the routes say: run npm run openapi:print and commit it.');
  process.exit(1);
}
