import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { SqlSession } from '../dev/sql-backend.ts';
import { StartError } from '../dev/start-error.ts';
import type { AuditActor, AuditValues } from '../domain/audit.ts';
import { nanoUsdToText } from '../domain/money.ts';
import { type ArchiveManifest, getArchivePaths, readManifest, writeManifest } from './archive-manifest.ts';
import { checkArchivable, findArchivablePartition } from './archive-range.ts';
import {
  type ArchiveRange,
  type ArchiveRecord,
  compareDays,
  detachPartition,
  dropTable,
  execute,
  findArchive,
  lockArchives,
  readSchemaVersion,
  recordFile,
  unlockArchives,
} from './archive-statements.ts';
import { checkDays, sumDays } from './check-days.ts';
import { hashLedgerFile, writeLedgerFile } from './ledger-file.ts';

/** What is done next. An interruption between any two of them loses nothing. */
export type ArchiveStep = 'compare' | 'detach' | 'write' | 'verify' | 'record' | 'drop';

interface ArchiveOptions {
  /** A connection of its own. */
  readonly session: SqlSession;
  /** For the audit log. */
  readonly actor: AuditActor;
  /** A month, UTC, such as `2026-01`, or `past`. */
  readonly name: string;
  /** Absent: the folder of an earlier run, else `ledger-archives`. */
  readonly folder?: string | undefined;
  readonly now: Date;
  /** Compares only. */
  readonly dryRun?: boolean | undefined;
  /** Drops the detached table once the file is verified. */
  readonly drop?: boolean | undefined;
  /** How long another archive command is waited for, in milliseconds. Absent: 10 s. */
  readonly maxLockWaitMs?: number | undefined;
  readonly onStep?: ((step: ArchiveStep) => void) | undefined;
  /** Called with the number of rows that have been read. */
  readonly onRows?: ((rows: number) => void) | undefined;
}

/** The outcome of `archiveLedger`. A manifest is absent where this machine has no file. */
export type ArchiveOutcome =
  | { readonly state: 'planned'; readonly table: string; readonly rows: number; readonly costNanoUsd: string }
  | { readonly state: 'detached'; readonly table: string; readonly path: string; readonly manifest: ArchiveManifest }
  | { readonly state: 'dropped'; readonly table: string; readonly path: string; readonly manifest?: ArchiveManifest };

const maxLockWaitMs = 10_000;
const defaultFolder = 'ledger-archives';
const maxDetachAttempts = 10;
const detachDelayMs = 1_000;

/**
 * Detaches a month from the ledger, writes its rows to a file, compares the file with the sums of the month, and drops the table if
 * asked to. Safe to repeat: it goes on where an earlier run was interrupted, and repeats nothing that is complete. Throws a
 * StartError if the month cannot be archived.
 */
export async function archiveLedger(options: ArchiveOptions): Promise<ArchiveOutcome> {
  const { session, name, now } = options;
  await lockArchives(session, options.maxLockWaitMs ?? maxLockWaitMs);
  try {
    const record = await findArchive(session, name);
    if (record?.droppedAt) return await describeDropped(options, record);
    const range = record ?? (await findArchivablePartition(session, name, now));
    checkArchivable(name, range, now);
    if (!record) {
      const sums = await comparePartition(options, range);
      if (options.dryRun) return { state: 'planned', table: range.table, ...sums };
      const cost = nanoUsdToText(BigInt(sums.costNanoUsd));
      await detach(options, { table: range.table, rows: sums.rows, cost });
    } else if (options.dryRun) {
      throw new StartError(
        `${range.table} is detached already: run the command without --dry-run to complete the archive.`,
      );
    }
    return await completeArchive(options, range, record);
  } finally {
    await unlockArchives(session).catch(() => undefined);
  }
}

async function comparePartition({ session, onStep }: ArchiveOptions, range: ArchiveRange) {
  onStep?.('compare');
  const days = await compareDays(session, range.table, range);
  checkDays(days, new Map(), false);
  const { rows, costNanoUsd } = sumDays(days.map(({ table }) => table));
  return { rows, costNanoUsd: costNanoUsd.toString() };
}

/** Detaches the partition and records the archive, in one transaction. Tries again while another statement has the ledger. */
async function detach({ session, name, actor, onStep }: ArchiveOptions, after: AuditValues): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    onStep?.('detach');
    try {
      await detachPartition(session, name, { actor, before: null, after });
      return;
    } catch (error) {
      const { code } = error as { code?: unknown };
      // Lock not available, deadlock detected.
      if (code !== '55P03' && code !== '40P01') throw error;
      if (attempt === maxDetachAttempts) {
        throw new StartError(
          'The ledger is in use by long statements: nothing has changed. Run the command again later.',
        );
      }
      await wait(detachDelayMs);
    }
  }
}

async function completeArchive(
  options: ArchiveOptions,
  range: ArchiveRange,
  record: ArchiveRecord | undefined,
): Promise<ArchiveOutcome> {
  const { session, actor, name, drop, onStep } = options;
  const { table } = range;
  await checkExists(session, name, table);
  const folder = resolve(options.folder ?? (record?.file ? dirname(record.file) : defaultFolder));
  const paths = getArchivePaths(folder, table);
  const path = paths.file;
  const manifest =
    (record?.isWritten ? await readIntactManifest(paths, record) : undefined) ??
    (await writeArchive(options, range, paths));
  if (!drop) return { state: 'detached', table, path, manifest };
  onStep?.('drop');
  await dropTable(session, name, { actor, file: path, manifest });
  return { state: 'dropped', table, path, manifest };
}

async function writeArchive(
  { session, name, onStep, onRows }: ArchiveOptions,
  range: ArchiveRange,
  paths: { file: string; manifest: string },
): Promise<ArchiveManifest> {
  const { table, startsAt, endsAt } = range;
  onStep?.('write');
  const { days, columns, bytes, sha256, csvSha256 } = await writeRows(session, table, paths.file, onRows);
  onStep?.('verify');
  const stored = await hashLedgerFile(paths.file);
  if (stored.sha256 !== sha256 || stored.csvSha256 !== csvSha256) {
    throw new StartError(`${paths.file} is not what was written to it: check the disk, and run the command again.`);
  }
  // A row that has arrived since the month was detached is in the sums, but not in the file.
  checkDays(await compareDays(session, 'usage_ledger_default', range), days, true);
  const { rows, requests, costNanoUsd } = sumDays([...days.values()]);
  const manifest = {
    name,
    table,
    startsAt: startsAt === '-infinity' ? null : new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    file: basename(paths.file),
    rows,
    requests,
    costNanoUsd: costNanoUsd.toString(),
    bytes,
    sha256,
    csvSha256,
    columns: [...columns],
    schemaVersion: await readSchemaVersion(session, readJournal()),
    writtenAt: new Date().toISOString(),
  };
  await writeManifest(paths.manifest, manifest);
  onStep?.('record');
  await recordFile(session, name, { ...manifest, file: paths.file });
  return manifest;
}

async function writeRows(session: SqlSession, table: string, path: string, onRows: ArchiveOptions['onRows']) {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await writeLedgerFile(session, table, path, (rows) => onRows?.(rows));
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (!code || !['open', 'write', 'mkdir', 'fsync'].includes(syscall ?? '')) throw error;
    throw new StartError(
      `${path} cannot be written (${code}). ${table} is detached and complete: run the command again.`,
    );
  }
}

/** Reads the manifest of a recorded file; undefined unless the file is there and has the recorded SHA-256. */
async function readIntactManifest(
  paths: { file: string; manifest: string },
  { sha256 }: ArchiveRecord,
): Promise<ArchiveManifest | undefined> {
  const manifest = await readManifest(paths.manifest);
  if (manifest === undefined || manifest.sha256 !== sha256) return undefined;
  const stored = await hashLedgerFile(paths.file).catch(() => undefined);
  return stored?.sha256 === sha256 ? manifest : undefined;
}

async function describeDropped({ folder }: ArchiveOptions, { table, file }: ArchiveRecord): Promise<ArchiveOutcome> {
  const paths = getArchivePaths(folder ?? dirname(file ?? ''), table);
  const manifest = await readManifest(paths.manifest);
  return { state: 'dropped', table, path: file ?? paths.file, ...(manifest && { manifest }) };
}

async function checkExists(session: SqlSession, name: string, table: string): Promise<void> {
  const [row] = await execute(session, 'SELECT to_regclass($1)::text AS found', [table]);
  if (row?.found) return;
  throw new StartError(
    `The detached table ${table} does not exist. If it was dropped by hand, record that: UPDATE ledger_archives SET dropped_at = now() WHERE name = '${name}'.`,
  );
}

function readJournal(): { when: number; tag: string }[] {
  const path = new URL('../../migrations/meta/_journal.json', import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')).entries;
}
