import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BuildOptions, OutputFile } from 'esbuild';

/** How the files of a page are built. */
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
  /** Of its file and of its folder. */
  readonly name: string;
  /** Holds the `index.html`, in which FOLDER stands for the folder of the files. */
  readonly source: string;
  readonly files: readonly OutputFile[];
}

/**
 * Writes a page into a folder of static assets: `NAME.html`, and what it loads in `NAME/HASH`, where the hash is that of all
 * the content, so that those files never change under their names.
 */
export async function writePage(assetsFolder: string, { name, source, files }: Page): Promise<void> {
  const names = files.map(({ path }) => basename(path));
  const hash = createHash('sha256');
  for (const [index, { contents }] of files.entries()) hash.update(`${names[index]}\n`).update(contents);
  const version = hash.digest('hex').slice(0, 16);

  const folder = join(assetsFolder, name, version);
  await mkdir(folder, { recursive: true });
  await Promise.all(files.map(({ contents }, index) => writeFile(join(folder, names[index] ?? ''), contents)));
  const page = await readFile(join(source, 'index.html'), 'utf8');
  await writeFile(join(assetsFolder, `${name}.html`), page.replaceAll('FOLDER', `/${name}/${version}`));
  await removeOthers(join(assetsFolder, name), version);
}

/** Only now, so that a page that is being opened finds its files. */
async function removeOthers(folder: string, kept: string): Promise<void> {
  const versions = await readdir(folder);
  const old = versions.filter((version) => version !== kept);
  await Promise.all(old.map((version) => rm(join(folder, version), { recursive: true, force: true })));
}
