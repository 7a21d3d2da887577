import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BuildOptions, OutputFile } from 'esbuild';

/** The build options of the files of a page. */
export const pageOptions = {
  outdir: 'out',
  bundle: true,
  minify: true,
  write: false,
  target: 'es2022',
  legalComments: 'linked',
  logLevel: 'warning',
} as const satisfies BuildOptions;

interface Page {
  /** The name of its file and of its folder. */
  readonly name: string;
  /** The folder with the `index.html`, in which FOLDER stands for the folder of the files. */
  readonly source: string;
  readonly files: readonly OutputFile[];
  /** The modules that the browser loads at once, where the `index.html` has the line PRELOADS. */
  readonly preloads?: readonly string[];
}

/**
 * Writes a page into a folder of static assets: `NAME.html`, and its files in `NAME/HASH`. The hash is that of all the
 * content, so the files of a version never change.
 */
export async function writePage(assetsFolder: string, { name, source, files, preloads = [] }: Page): Promise<void> {
  const names = files.map(({ path }) => basename(path));
  const hash = createHash('sha256');
  for (const [index, { contents }] of files.entries()) hash.update(`${names[index]}\n`).update(contents);
  const version = hash.digest('hex').slice(0, 16);

  const folder = join(assetsFolder, name, version);
  await mkdir(folder, { recursive: true });
  await Promise.all(files.map(({ contents }, index) => writeFile(join(folder, names[index] ?? ''), contents)));
  const page = await readFile(join(source, 'index.html'), 'utf8');
  const links = preloads.map((module) => `<link rel="modulepreload" href="FOLDER/${module}">`).join('\n');
  const html = page.replace('PRELOADS', links).replaceAll('FOLDER', `/${name}/${version}`);
  await writeFile(join(assetsFolder, `${name}.html`), html);
  await removeOldVersions(join(assetsFolder, name), version);
}

/** Removes old versions. It runs last, so that a page that is loading finds its files. */
async function removeOldVersions(folder: string, currentVersion: string): Promise<void> {
  const versions = await readdir(folder);
  const oldVersions = versions.filter((version) => version !== currentVersion);
  await Promise.all(oldVersions.map((version) => rm(join(folder, version), { recursive: true, force: true })));
}
