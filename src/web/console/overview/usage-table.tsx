import { DataTable } from '../ui/data-table.tsx';
import { formatCompactCount, formatCount, formatDollars, formatMs, formatShare, unknownValue } from '../ui/format.ts';
import type { OverviewQuery } from './overview.generated.ts';

type UsageRow = OverviewQuery['models'][number];

interface UsageTableProps {
  readonly title: string;
  /** What the rows are named by. */
  readonly name: string;
  readonly rows: readonly UsageRow[];
}

/** The usage of one dimension: what has cost most comes first. */
export function UsageTable({ title, name, rows }: UsageTableProps) {
  return (
    <section className="stack">
      <h2>{title}</h2>
      <DataTable
        caption={`Usage ${title.toLowerCase()}`}
        rows={rows.toSorted((left, right) => right.cost - left.cost)}
        rowKey={(row) => row.name ?? ''}
        columns={[
          { id: 'name', header: name, cell: (row) => row.name ?? unknownValue, sortValue: (row) => row.name },
          column('cost', 'Spend', (row) => row.cost, formatDollars),
          column('requests', 'Requests', (row) => row.requests, formatCount),
          column('errors', 'Errors', (row) => row.errors, formatCount),
          column('tokensIn', 'Tokens in', (row) => row.tokensIn, formatCompactCount),
          column('tokensOut', 'Tokens out', (row) => row.tokensOut, formatCompactCount),
          column('cache', 'From cache', (row) => row.cacheHitRate, formatShare),
          column('p50', 'First byte p50', (row) => row.timeToFirstByteMs.p50, formatMs),
          column('p95', 'p95', (row) => row.timeToFirstByteMs.p95, formatMs),
        ]}
      />
    </section>
  );
}

function column(
  id: string,
  header: string,
  value: (row: UsageRow) => number | null,
  format: (value: number | null) => string,
) {
  return { id, header, isNumber: true, sortValue: value, cell: (row: UsageRow) => format(value(row)) };
}
