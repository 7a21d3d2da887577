import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const assetsFolder = join(root, 'dist/assets');
const pages = ['playground', 'docs', 'console'];

/** Builds the static assets if they are absent or older than their sources. */
export async function ensureAssets(): Promise<void> {
  const outputs = [...pages.map((page) => `${page}.html`), 'openapi.json'];
  const outputsModifiedAtMs = await Promise.all(
    outputs.map((name) => getModifiedAtMs(join(assetsFolder, name)).catch(() => Number.NEGATIVE_INFINITY)),
  );
  const sources = await Promise.all(pages.map((page) => listFiles(join('src/web', page))));
  const paths = ['package-lock.json', 'src/build/openapi/openapi.json', ...sources.flat()];
  const sourcesModifiedAtMs = await Promise.all(paths.map((path) => getModifiedAtMs(join(root, path))));
  if (Math.max(...sourcesModifiedAtMs) >= Math.min(...outputsModifiedAtMs)) await buildAssets();
}

/** Builds the static files of the Worker. */
export async function buildAssets(): Promise<void> {
  const { buildPlayground } = await import('./build-playground.ts');
  const { buildDocs } = await import('./build-docs.ts');
  const { buildConsole } = await import('./build-console.ts');
  await Promise.all([buildPlayground(assetsFolder), buildDocs(assetsFolder), buildConsole(assetsFolder)]);
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)));
}

async function getModifiedAtMs(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
}
