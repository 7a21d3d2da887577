import { useState } from 'react';
import { useClient, useQuery } from 'urql';
import { Link } from 'wouter';
import { describeError } from '../app/describe-error.ts';
import { useSession } from '../app/session.tsx';
import { useSearchParams } from '../app/use-search-params.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { formatCount, formatDollars, formatTime } from '../ui/format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { showToast } from '../ui/toast.tsx';
import { CreateTenant } from './create-tenant.tsx';
import { LimitMeter } from './limit-meters.tsx';
import { TenantsDocument, type TenantsQuery } from './tenants.generated.ts';

type TenantPage = TenantsQuery['tenants'];
type TenantRow = TenantPage['nodes'][number];

/** All tenants, the newest first. */
export function TenantList() {
  const [result, reload] = useQuery({
    query: TenantsDocument,
    variables: { after: null },
    requestPolicy: 'cache-and-network',
  });
  return (
    <>
      <PageHeader title="Keys and tenants">
        <CreateTenant />
      </PageHeader>
      <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
        {({ tenants }) => <TenantPages first={tenants} />}
      </QueryState>
    </>
  );
}

function TenantPages({ first }: { readonly first: TenantPage }) {
  const client = useClient();
  const [morePages, setMorePages] = useState<readonly TenantPage[]>([]);
  const [isBusy, setIsBusy] = useState(false);
  const { pageInfo, totalCount } = morePages.at(-1) ?? first;
  const loadMore = async () => {
    setIsBusy(true);
    const { data, error } = await client.query(TenantsDocument, { after: pageInfo.endCursor }).toPromise();
    setIsBusy(false);
    if (data) setMorePages([...morePages, data.tenants]);
    else showToast('The tenants were not loaded', error && describeError(error));
  };
  const tenants = [first, ...morePages].flatMap(({ nodes }) => nodes);
  return (
    <>
      <LoadedTenants tenants={tenants} totalCount={totalCount} />
      {pageInfo.hasNextPage && (
        <div>
          <Button isBusy={isBusy} onClick={loadMore}>
            Load more
          </Button>
        </div>
      )}
    </>
  );
}

interface LoadedTenantsProps {
  readonly tenants: readonly TenantRow[];
  readonly totalCount: number;
}

function LoadedTenants({ tenants, totalCount }: LoadedTenantsProps) {
  const [params, change] = useSearchParams();
  const { me } = useSession();
  const query = params.get('q') ?? '';
  const isMatch = ({ id, name }: TenantRow) => id === query || name.toLowerCase().includes(query.toLowerCase());
  const rows = tenants.filter(isMatch);
  return (
    <>
      <div className="actions">
        <input
          type="search"
          aria-label="Search"
          placeholder="Search by name or id"
          value={query}
          onChange={(event) => change({ q: event.target.value })}
        />
        <span className="muted" role="status">
          {formatCount(rows.length)} of {formatCount(tenants.length)} loaded; {formatCount(totalCount)} in all
        </span>
      </div>
      {rows.length === 0 ? (
        <EmptyState title="None of the loaded tenants has this name or id" />
      ) : (
        <DataTable caption="Tenants" rows={rows} rowKey={({ id }) => id} columns={getColumns(me.id)} />
      )}
    </>
  );
}

function getColumns(ownTenantId: string): Column<TenantRow>[] {
  return [
    {
      id: 'name',
      header: 'Tenant',
      sortValue: ({ name }) => name,
      cell: ({ id, name }) => (
        <>
          <Link href={`/${id}`}>
            <bdi>{name}</bdi>
          </Link>{' '}
          {id === ownTenantId && <Badge tone="info">your tenant</Badge>}
        </>
      ),
    },
    {
      id: 'state',
      header: 'State',
      cell: ({ active }) => <Badge tone={active ? 'good' : 'warning'}>{active ? 'active' : 'suspended'}</Badge>,
    },
    {
      id: 'today',
      header: 'Today',
      isNumber: true,
      sortValue: ({ spend }) => spend.today,
      cell: ({ spend }) => formatDollars(spend.today),
    },
    {
      id: 'month',
      header: 'This month',
      isNumber: true,
      sortValue: ({ spend }) => spend.thisMonth,
      cell: ({ spend }) => formatDollars(spend.thisMonth),
    },
    budgetColumn('dailyBudget', 'Budget a day'),
    budgetColumn('monthlyBudget', 'Budget a month'),
    { id: 'created', header: 'Created', cell: ({ createdAt }) => formatTime(createdAt) },
  ];
}

function budgetColumn(name: 'dailyBudget' | 'monthlyBudget', header: string): Column<TenantRow> {
  return {
    id: name,
    header,
    cell: ({ limits }) => <LimitMeter name={name} limit={limits[name]} remaining={limits.remaining?.[name]} />,
  };
}
