import { useQuery } from 'urql';
import { useSession } from '../app/session.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { createRequestsHref, type OverviewView, toWholeDays } from './overview-view.ts';
import { UsageTable } from './usage-table.tsx';
import { UsageTablesDocument } from './usage-tables.generated.ts';

/** The usage by route and end user, and by tenant for administrators. It is loaded after the rest of the overview. */
export default function LazyUsageTables({ view }: { readonly view: OverviewView }) {
  const { can } = useSession();
  const { period, tenantId, range } = view;
  const days = toWholeDays(period);
  const variables = { ...period, ...days, tenantId, isByTenant: can('admin') };
  const [result, reload] = useQuery({ query: UsageTablesDocument, variables });
  const note = (
    <p className="muted">
      The 20 with the highest spend, in whole days in UTC: {days.fromDay.slice(0, 10)} to {lastDay(days.toDay)}.
    </p>
  );
  return (
    <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
      {({ routes, endUsers, tenants = [] }) => (
        <>
          <UsageTable
            title="By route"
            header="Route"
            rows={routes}
            note={note}
            createHref={(id) => createRequestsHref(view, 'route', id)}
          />
          <UsageTable
            title="By end user"
            header="End user"
            rows={endUsers}
            note={note}
            createHref={(id) => createRequestsHref(view, 'endUser', id)}
          />
          <UsageTable
            title="By tenant"
            header="Tenant"
            rows={tenants}
            createHref={(id) => `~/console/overview?${new URLSearchParams({ range: range.id, tenantId: id })}`}
          />
        </>
      )}
    </QueryState>
  );
}

/** Returns the last day before a moment at which a day ends. */
function lastDay(end: string): string {
  return new Date(Date.parse(end) - 1).toISOString().slice(0, 10);
}
