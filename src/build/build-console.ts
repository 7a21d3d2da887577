import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { pageOptions, writePage } from './write-page.ts';

const source = fileURLToPath(new URL('../web/console', import.meta.url));
const common = { ...pageOptions, absWorkingDir: source } as const satisfies BuildOptions;

/** The pages are written for React and run on Preact, which is a seventh of its size: React was most of what a first visit loaded. */
const preactAliases = {
  react: 'preact/compat',
  'react-dom': 'preact/compat',
  'react-dom/client': 'preact/compat/client',
  'react/jsx-runtime': 'preact/jsx-runtime',
};

/** Builds the page of `/console` into a folder of static assets. The browser loads the script of each page when it is first opened. */
export async function buildConsole(assetsFolder: string): Promise<void> {
  const [js, css] = await Promise.all([
    build({
      ...common,
      // The page that most visitors see first has a name of its own, so that it can be loaded ahead.
      entryPoints: [
        { in: 'console.tsx', out: 'console' },
        { in: 'overview/overview-page.tsx', out: 'overview-page' },
      ],
      format: 'esm',
      splitting: true,
      metafile: true,
      jsx: 'automatic',
      alias: preactAliases,
      define: { 'process.env.NODE_ENV': '"production"' },
    }),
    build({ ...common, entryPoints: ['console.css'] }),
  ]);
  const preloads = listModules(js.metafile, ['out/console.js', 'out/overview-page.js']).map((path) => basename(path));
  await writePage(assetsFolder, { name: 'console', source, files: [...js.outputFiles, ...css.outputFiles], preloads });
}

/**
 * Lists the modules that others need before they run, and these: a browser learns of them one level after the other. The largest come
 * first, because a browser loads six at once over HTTP/1.1.
 */
function listModules({ outputs }: Metafile, paths: readonly string[]): string[] {
  const found = new Set(paths);
  for (const path of found) {
    for (const { path: imported, kind } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement') found.add(imported);
    }
  }
  const size = (path: string) => outputs[path]?.bytes ?? 0;
  return [...found].toSorted((left, right) => size(right) - size(left));
}
