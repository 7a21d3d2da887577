import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { SqlSession } from '../dev/sql-backend.ts';
import { type DaySums, execute, inTransaction } from './archive-statements.ts';

/** What a file of ledger rows has. */
export interface LedgerFile {
  readonly columns: readonly string[];
  readonly days: ReadonlyMap<string, DaySums>;
  /** Of the compressed file, like `bytes`. */
  readonly sha256: string;
  readonly bytes: number;
  /** Of the CSV in it. */
  readonly csvSha256: string;
}

const fetchRows = 2_000;

/**
 * Writes the rows of a table to a file of gzipped CSV, as Postgres's COPY reads it (`CSV HEADER`), by a cursor: memory does not grow
 * with the table. A file that exists stays until the new one is complete and on the disk.
 */
export async function writeLedgerFile(
  session: SqlSession,
  table: string,
  path: string,
  onRows: (rows: number) => void,
): Promise<LedgerFile> {
  const partialPath = `${path}.partial`;
  const csvHash = createHash('sha256');
  const fileHash = createHash('sha256');
  const days = new Map<string, DaySums>();
  let columns: readonly string[] = [];
  let bytes = 0;
  let rowCount = 0;
  async function* encodeRows() {
    for await (const { names, rows } of fetchAll(session, table)) {
      const text = [...(columns.length === 0 ? [names] : []), ...rows].map(encodeCsvLine).join('');
      columns = names;
      addToDays(days, names, rows);
      csvHash.update(text);
      yield text;
      rowCount += rows.length;
      onRows(rowCount);
    }
  }
  async function* measure(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      fileHash.update(chunk);
      bytes += chunk.byteLength;
      yield chunk;
    }
  }
  await inTransaction(session, () =>
    pipeline(
      Readable.from(encodeRows()),
      createGzip(),
      measure,
      createWriteStream(partialPath, { mode: 0o600, flush: true }),
    ),
  );
  await rename(partialPath, path);
  await syncFolder(dirname(path));
  return { columns, days, bytes, sha256: fileHash.digest('hex'), csvSha256: csvHash.digest('hex') };
}

/** Reads a file to its end. Returns the SHA-256 of the file and of the CSV in it. Rejects for one that cannot be unpacked. */
export async function hashLedgerFile(path: string): Promise<{ sha256: string; csvSha256: string }> {
  const fileHash = createHash('sha256');
  const csvHash = createHash('sha256');
  async function* hashFile(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      fileHash.update(chunk);
      yield chunk;
    }
  }
  await pipeline(createReadStream(path), hashFile, createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) csvHash.update(chunk);
  });
  return { sha256: fileHash.digest('hex'), csvSha256: csvHash.digest('hex') };
}

type TextRow = readonly (string | null)[];

async function* fetchAll(session: SqlSession, table: string) {
  await execute(
    session,
    `DECLARE archived_rows NO SCROLL CURSOR FOR SELECT * FROM ${table} ORDER BY created_at, request_id, attempt`,
  );
  for (;;) {
    const { fields, rows } = await session.run({ query: `FETCH ${fetchRows} FROM archived_rows`, params: [] });
    yield { names: fields.map(({ name }) => name), rows };
    if (rows.length < fetchRows) return;
  }
}

function addToDays(days: Map<string, DaySums>, names: readonly string[], rows: readonly TextRow[]): void {
  const [time, last, cost] = ['created_at', 'is_last', 'cost_nano_usd'].map((name) => names.indexOf(name));
  for (const row of rows) {
    const day = String(row[time ?? -1]).slice(0, 'YYYY-MM-DD'.length);
    const sums = days.get(day) ?? { rows: 0, requests: 0, costNanoUsd: 0n };
    days.set(day, {
      rows: sums.rows + 1,
      requests: sums.requests + (row[last ?? -1] === 't' ? 1 : 0),
      costNanoUsd: sums.costNanoUsd + BigInt(row[cost ?? -1] ?? 0),
    });
  }
}

/** COPY reads an empty field as NULL and `""` as an empty text. */
function encodeCsvLine(row: TextRow): string {
  const fields = row.map((value) => {
    if (value === null) return '';
    return value === '' || /[",\\\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  });
  return `${fields.join(',')}\n`;
}

/** Makes the names in a folder durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
