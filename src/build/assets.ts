import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const assetsFolder = join(root, 'dist/assets');
const pages = ['playground', 'docs'];

/** Builds the static assets where they are missing or older than what they are made from. */
export async function ensureAssets(): Promise<void> {
  const built = [...pages.map((page) => `${page}.html`), 'openapi.json'];
  const builtAtMs = await Promise.all(
    built.map((name) => modifiedAtMs(join(assetsFolder, name)).catch(() => Number.NEGATIVE_INFINITY)),
  );
  const sources = await Promise.all(pages.map((page) => filesOf(join('src/web', page))));
  const paths = ['package-lock.json', 'src/build/openapi/openapi.json', ...sources.flat()];
  const changedAtMs = await Promise.all(paths.map((path) => modifiedAtMs(join(root, path))));
  if (Math.max(...changedAtMs) >= Math.min(...builtAtMs)) await buildAssets();
}

/** Builds the files that the Worker serves beside its own replies. */
export async function buildAssets(): Promise<void> {
  const { buildPlayground } = await import('./build-playground.ts');
  const { buildDocs } = await import('./build-docs.ts');
  await Promise.all([buildPlayground(assetsFolder), buildDocs(assetsFolder)]);
}

async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(join(root, folder))).map((name) => join(folder, name));
}

async function modifiedAtMs(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
}
