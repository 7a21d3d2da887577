import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const manifestSchema = z.object({
  /** A month, UTC, such as `2026-01`, or `past`. */
  name: z.string(),
  table: z.string(),
  /** Null: the file has all rows before `endsAt`. */
  startsAt: z.string().nullable(),
  endsAt: z.string(),
  file: z.string(),
  rows: z.int(),
  requests: z.int(),
  /** Whole nano-dollars, as text. */
  costNanoUsd: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  csvSha256: z.string(),
  columns: z.array(z.string()),
  /** The newest migration of the database from which the rows are. */
  schemaVersion: z.string(),
  writtenAt: z.string(),
});

/** Describes a file of ledger rows. It is stored beside the file, as JSON. */
export type ArchiveManifest = z.infer<typeof manifestSchema>;

/** Returns the paths of an archive's files. */
export function getArchivePaths(folder: string, table: string): { file: string; manifest: string } {
  return { file: join(folder, `${table}.csv.gz`), manifest: join(folder, `${table}.manifest.json`) };
}

/** Writes a manifest. A crash leaves the earlier one, or none. */
export async function writeManifest(path: string, manifest: ArchiveManifest): Promise<void> {
  await writeFile(`${path}.partial`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.partial`, path);
}

/** Reads a manifest; undefined if there is none that can be read. */
export async function readManifest(path: string): Promise<ArchiveManifest | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
