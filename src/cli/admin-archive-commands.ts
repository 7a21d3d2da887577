import { countArchivedLateRows, listLedgerArchives } from '../db/queries/ledger-archives.ts';
import type { AdminCommands } from './admin-command.ts';
import { type ArchiveOutcome, type ArchiveStep, archiveLedger } from './archive-ledger.ts';
import { formatDollars } from './format-report.ts';
import { formatTable } from './format-table.ts';

const stepTexts: Readonly<Record<ArchiveStep, string>> = {
  compare: 'Comparing the rows with the sums of their days',
  detach: 'Detaching the partition',
  write: 'Writing the file',
  verify: 'Verifying the file',
  record: 'Recording the archive',
  drop: 'Dropping the detached table',
};
const progressRows = 1_000_000;

/** The commands for archives of the ledger. */
export const archiveCommands: AdminCommands = {
  archive: {
    arguments: ['MONTH'],
    options: ['out', 'drop', 'dry-run'],
    summary: 'moves a month of the ledger, such as 2026-01, to a file',
    run: async ({ openSession, actor, now }, { arguments: [name = ''], values }) => {
      const session = await openSession();
      try {
        const { out: folder, drop, 'dry-run': dryRun } = values;
        const outcome = await archiveLedger({
          ...{ session, actor, name, folder, drop, dryRun, now: new Date(now()) },
          onStep: (step) => console.error(stepTexts[step]),
          onRows: (rows) => rows % progressRows === 0 && rows > 0 && console.error(`  ${rows} rows`),
        });
        return { text: formatOutcome(name, outcome), value: outcome };
      } finally {
        await session.close();
      }
    },
  },
  archives: {
    arguments: [],
    options: [],
    summary: 'lists the archived months of the ledger',
    run: async ({ database }) => {
      const lateRows = await countArchivedLateRows(database);
      const archives = (await listLedgerArchives(database)).map((archive) => ({
        ...archive,
        lateRows: lateRows.get(archive.name) ?? 0,
      }));
      const value = archives.map((archive) => ({ ...archive, costNanoUsd: archive.costNanoUsd?.toString() ?? null }));
      if (archives.length === 0) return { text: 'No month of the ledger is archived.', value };
      const columns = ['month', 'rows', 'cost', 'late rows', 'table', 'SHA-256', 'file'];
      const text = formatTable(
        columns,
        archives.map(({ name, rows, costNanoUsd, lateRows, tableName, writtenAt, droppedAt, sha256, file }) => [
          name,
          String(rows ?? ''),
          costNanoUsd === null ? '' : formatDollars(costNanoUsd),
          String(lateRows),
          droppedAt ? `dropped ${droppedAt.toISOString().slice(0, 10)}` : tableName,
          sha256 ?? '',
          writtenAt ? (file ?? '') : 'incomplete: run archive again',
        ]),
      );
      return { text, value };
    },
  },
};

function formatOutcome(name: string, outcome: ArchiveOutcome): string {
  const { state, table } = outcome;
  if (state === 'planned') {
    return `${table} has ${outcome.rows} rows, ${formatDollars(BigInt(outcome.costNanoUsd))}, as the sums of its days say. Nothing was changed.`;
  }
  const { manifest, path } = outcome;
  const file = manifest
    ? [
        `${name} is archived: ${manifest.rows} rows, ${formatDollars(BigInt(manifest.costNanoUsd))} for ${manifest.requests} requests.`,
        `File     ${path} (${manifest.bytes} bytes)`,
        `SHA-256  ${manifest.sha256}`,
      ]
    : [`${name} was archived before, in ${path} on the machine that wrote it.`];
  const rest =
    state === 'dropped'
      ? `The table ${table} is dropped: the file is the only copy of these rows. Store it in a second place.`
      : `The rows are still in the detached table ${table}. Store the file in a second place, then drop the table: npm run admin -- archive ${name} --drop.`;
  return [...file, rest].join('\n');
}
