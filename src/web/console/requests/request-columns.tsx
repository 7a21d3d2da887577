import { Link } from 'wouter';
import type { Column } from '../ui/data-table.tsx';
import { formatCount, formatDollars, formatMs, formatTime, unknownValue } from '../ui/format.ts';
import { RequestStatusBadge } from './request-status-badge.tsx';
import type { RequestSummaryFragment } from './requests.generated.ts';

type Row = RequestSummaryFragment;

const time: Column<Row> = {
  id: 'time',
  header: 'Time',
  cell: ({ id, createdAt }) => (
    <Link href={`/${id}`}>
      {formatTime(createdAt)}
      <span className="visually-hidden"> {id}</span>
    </Link>
  ),
};

const status: Column<Row> = {
  id: 'status',
  header: 'Status',
  cell: (row) => (
    <>
      <RequestStatusBadge status={row.status} />
      {row.represents > 1 && <span className="muted"> stands for {formatCount(row.represents)} refused requests</span>}
    </>
  ),
};

const others: readonly Column<Row>[] = [
  { id: 'model', header: 'Model', cell: ({ model }) => model ?? unknownValue },
  { id: 'provider', header: 'Provider', cell: ({ provider }) => provider ?? unknownValue },
  { id: 'key', header: 'API key', cell: ({ apiKey, keyId }) => apiKey?.name ?? keyId },
  { id: 'endUser', header: 'End user', cell: ({ endUser }) => endUser ?? unknownValue },
  numberColumn('tokensIn', 'Tokens in', ({ tokensIn }) => formatCount(tokensIn)),
  numberColumn('tokensOut', 'Tokens out', ({ tokensOut }) => formatCount(tokensOut)),
  numberColumn('cost', 'Cost', ({ cost }) => formatDollars(cost)),
  numberColumn('firstByte', 'First byte', ({ firstByteMs }) => formatMs(firstByteMs)),
  numberColumn('total', 'Total', ({ totalMs }) => formatMs(totalMs)),
  numberColumn('attempts', 'Attempts', ({ attemptCount }) => formatCount(attemptCount)),
  { id: 'error', header: 'Error', cell: ({ errorCode }) => errorCode ?? '' },
];

function numberColumn(id: string, header: string, cell: (row: Row) => string): Column<Row> {
  return { id, header, cell, isNumber: true };
}

const ownColumns = [time, status, ...others];

/** Returns the columns of the log. Administrators, who see all tenants, have one more: `tenantNames` is undefined for others. */
export function buildRequestColumns(tenantNames: ReadonlyMap<string, string> | undefined): readonly Column<Row>[] {
  if (!tenantNames) return ownColumns;
  const tenant = { id: 'tenant', header: 'Tenant', cell: ({ tenantId }: Row) => tenantNames.get(tenantId) ?? tenantId };
  return [time, status, tenant, ...others];
}
