import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { pageOptions, writePage } from './write-page.ts';

const source = fileURLToPath(new URL('../web/docs', import.meta.url));
const document = fileURLToPath(new URL('./openapi/openapi.json', import.meta.url));

/** Builds the page of `/docs` and its OpenAPI document into a folder of static assets. */
export async function buildDocs(assetsFolder: string): Promise<void> {
  const { outputFiles } = await build({
    ...pageOptions,
    absWorkingDir: source,
    entryPoints: ['docs.ts', 'docs.css'],
    format: 'esm',
    loader: { '.svg': 'dataurl' },
  });
  await writePage(assetsFolder, { name: 'docs', source, files: outputFiles });
  await mkdir(assetsFolder, { recursive: true });
  const content = JSON.parse(await readFile(document, 'utf8'));
  await writeFile(join(assetsFolder, 'openapi.json'), JSON.stringify(content));
}
