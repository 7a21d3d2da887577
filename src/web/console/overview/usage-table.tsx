import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCompactCount, formatCount, formatDollars, formatMs, formatShare, unknownValue } from '../ui/format.ts';
import type { UsageSumsFragment } from './overview.generated.ts';

/** The usage of one model, key or another object. */
interface UsageRow extends Omit<UsageSumsFragment, 'unpricedRequests' | 'timeToFirstByteMs'> {
  readonly id: string | null;
  readonly name?: string | null;
  /** Absent where the dimension has none. */
  readonly timeToFirstByteMs?: UsageSumsFragment['timeToFirstByteMs'];
}

interface UsageTableProps {
  readonly title: string;
  /** What the rows are named by. */
  readonly header: string;
  readonly rows: readonly UsageRow[];
  /** What the table leaves out or adds. */
  readonly note?: ReactNode;
  /** Where the name of a row leads to. */
  readonly createHref: (id: string) => string;
}

/** The usage of one dimension: what has cost most comes first. */
export function UsageTable({ title, header, rows, note, createHref }: UsageTableProps) {
  if (rows.length === 0) return null;
  const hasFirstByte = rows.some(({ timeToFirstByteMs }) => timeToFirstByteMs !== undefined);
  const nameColumn: Column<UsageRow> = {
    id: 'name',
    header,
    cell: (row) => <RowName row={row} createHref={createHref} />,
    sortValue: ({ id, name }) => name ?? id,
  };
  return (
    <section className="stack">
      <h2>{title}</h2>
      {note}
      <DataTable
        caption={`Usage ${title.toLowerCase()}`}
        rows={rows.toSorted((left, right) => right.cost - left.cost)}
        rowKey={({ id }) => id ?? ''}
        columns={[nameColumn, ...sumColumns, ...(hasFirstByte ? firstByteColumns : [])]}
      />
    </section>
  );
}

interface RowNameProps {
  readonly row: UsageRow;
  readonly createHref: (id: string) => string;
}

/** Stand for requests without a value, for the rest, and for what was erased: no filter finds them. */
const collectiveNames = ['(none)', '(other)', '(erased)'];

function RowName({ row: { id, name }, createHref }: RowNameProps) {
  if (id === null) return unknownValue;
  if (collectiveNames.includes(id)) return id;
  return <Link href={createHref(id)}>{name ?? id}</Link>;
}

const sumColumns = [
  createColumn('cost', 'Spend', ({ cost }) => cost, formatDollars),
  createColumn('requests', 'Requests', ({ requests }) => requests, formatCount),
  createColumn('errors', 'Errors', ({ errors }) => errors, formatCount),
  createColumn('tokensIn', 'Tokens in', ({ tokensIn }) => tokensIn, formatCompactCount),
  createColumn('tokensOut', 'Tokens out', ({ tokensOut }) => tokensOut, formatCompactCount),
  createColumn('cache', 'From cache', ({ cacheHitRate }) => cacheHitRate, formatShare),
];

const firstByteColumns = [
  createColumn('p50', 'First byte p50', ({ timeToFirstByteMs }) => timeToFirstByteMs?.p50 ?? null, formatMs),
  createColumn('p95', 'p95', ({ timeToFirstByteMs }) => timeToFirstByteMs?.p95 ?? null, formatMs),
];

function createColumn(
  id: string,
  header: string,
  value: (row: UsageRow) => number | null,
  format: (value: number | null) => string,
): Column<UsageRow> {
  return { id, header, isNumber: true, sortValue: value, cell: (row) => format(value(row)) };
}
