import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { pageOptions, writePage } from './write-page.ts';

const source = fileURLToPath(new URL('../web/playground', import.meta.url));
const scripts = ['playground.tsx', 'editor-worker.ts', 'json-worker.ts', 'graphql-worker.ts'];
const common = { ...pageOptions, absWorkingDir: source } as const satisfies BuildOptions;

/** Builds the page of `/playground` into a folder of static assets. */
export async function buildPlayground(assetsFolder: string): Promise<void> {
  const [js, css] = await Promise.all([
    build({
      ...common,
      entryPoints: scripts,
      format: 'esm',
      splitting: true,
      jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"' },
      // Monaco's scripts import the styles that GraphiQL's one style sheet already holds.
      loader: { '.css': 'empty', '.ttf': 'empty' },
    }),
    build({ ...common, entryPoints: ['playground.css'] }),
  ]);
  await writePage(assetsFolder, { name: 'playground', source, files: [...js.outputFiles, ...css.outputFiles] });
}
