import { useState } from 'react';
import { useQuery } from 'urql';
import { useSession } from '../app/session.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount, formatDollars, formatShare } from '../ui/format.ts';
import { QueryState } from '../ui/query-state.tsx';
import { EraseEndUser } from './erase-end-user.tsx';
import type { LimitValues } from './limit-draft.ts';
import { type EndUserRow, isEndUser, listEndUsers, maxEndUsers } from './list-end-users.ts';
import { EndUserUsageDocument } from './tenants.generated.ts';
import { getUsagePeriods } from './usage-periods.ts';

const maxRows = 20;

interface EndUserListProps {
  readonly tenantId: string;
  /** The tenant's limits of each end user. */
  readonly limits: LimitValues;
}

/** The end users that have cost most this month, and those that are near a budget. */
export function EndUserList({ tenantId, limits }: EndUserListProps) {
  const { can } = useSession();
  const [periods] = useState(() => getUsagePeriods(Date.now()));
  const [erased, setErased] = useState<string>();
  const [result, reload] = useQuery({
    query: EndUserUsageDocument,
    variables: { tenantId, ...periods, first: maxEndUsers },
    requestPolicy: 'cache-and-network',
  });
  const load = () => reload({ requestPolicy: 'network-only' });
  const onErase = can('admin') ? setErased : undefined;
  return (
    <section className="stack">
      <div className="page-header">
        <h2>End users of this month</h2>
        {onErase && <Button onClick={() => onErase('')}>Erase an end user</Button>}
      </div>
      <QueryState result={result} onRetry={load}>
        {(data) => <EndUserTable rows={listEndUsers(data, limits, maxRows)} onErase={onErase} />}
      </QueryState>
      <p className="muted">
        The {maxRows} costliest, and all near a budget of the tenant for each end user. Their requests and tokens of the
        last minute, their requests at once and the limits that single keys set for them are not in GraphQL, and so not
        here.
      </p>
      {erased !== undefined && (
        <EraseEndUser tenantId={tenantId} endUser={erased} onErased={load} onClose={() => setErased(undefined)} />
      )}
    </section>
  );
}

interface EndUserTableProps {
  readonly rows: readonly EndUserRow[];
  /** Absent: the visitor may not erase. */
  readonly onErase: ((endUser: string) => void) | undefined;
}

function EndUserTable({ rows, onErase }: EndUserTableProps) {
  if (rows.length === 0) return <p className="muted">No requests this month.</p>;
  const columns = onErase ? [...usageColumns, eraseColumn(onErase)] : usageColumns;
  return <DataTable caption="End users" rows={rows} rowKey={({ endUser }) => endUser} columns={columns} />;
}

const usageColumns: readonly Column<EndUserRow>[] = [
  {
    id: 'endUser',
    header: 'End user',
    cell: ({ endUser, isNearLimit }) => (
      <>
        <bdi>{endUser}</bdi> {isNearLimit && <Badge tone="warning">near a limit</Badge>}
      </>
    ),
  },
  { id: 'requests', header: 'Requests', isNumber: true, cell: ({ requests }) => formatCount(requests) },
  { id: 'refused', header: 'Refused', isNumber: true, cell: ({ refused }) => formatCount(refused) },
  { id: 'month', header: 'Cost', isNumber: true, cell: ({ costThisMonth }) => formatDollars(costThisMonth) },
  { id: 'monthShare', header: 'Of the month', isNumber: true, cell: ({ monthShare }) => formatShare(monthShare) },
  { id: 'today', header: 'Cost today', isNumber: true, cell: ({ costToday }) => formatDollars(costToday) },
  { id: 'dayShare', header: 'Of the day', isNumber: true, cell: ({ dayShare }) => formatShare(dayShare) },
];

function eraseColumn(onErase: (endUser: string) => void): Column<EndUserRow> {
  return {
    id: 'erase',
    header: 'Actions',
    cell: ({ endUser }) =>
      isEndUser(endUser) && (
        <Button size="small" aria-label={`Erase ${endUser}`} onClick={() => onErase(endUser)}>
          Erase
        </Button>
      ),
  };
}
