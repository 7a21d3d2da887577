import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { pageOptions, writePage } from './write-page.ts';

const source = fileURLToPath(new URL('../web/console', import.meta.url));
const common = { ...pageOptions, absWorkingDir: source } as const satisfies BuildOptions;

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
      jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"' },
    }),
    build({ ...common, entryPoints: ['console.css'] }),
  ]);
  await writePage(assetsFolder, { name: 'console', source, files: [...js.outputFiles, ...css.outputFiles] });
}
