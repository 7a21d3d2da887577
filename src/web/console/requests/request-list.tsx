import { useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { useSession } from '../app/session.tsx';
import { useSearchParams } from '../app/use-search-params.ts';
import { Button } from '../ui/button.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { FilterBar } from './filter-bar.tsx';
import { LiveRequests } from './live-requests.tsx';
import { readFilters, toRequestFilter } from './log-filters.ts';
import { LoggedRequests } from './logged-requests.tsx';
import { buildRequestColumns } from './request-columns.tsx';
import { FilterTenantsDocument } from './requests.generated.ts';

/** The log of requests, page by page or as they come. Its filters are in the URL. */
export function RequestList() {
  const [params, change] = useSearchParams();
  const tenantNames = useTenantNames();
  const filters = useMemo(() => readFilters(params), [params]);
  // What is logged from now on is behind any end.
  const isLive = params.get('live') === '1' && filters.until === undefined;
  return (
    <>
      <PageHeader title="Requests">
        <Button aria-pressed={isLive} onClick={() => change(isLive ? { live: '' } : { live: '1', until: '' })}>
          Live
        </Button>
      </PageHeader>
      <FilterBar filters={filters} rangeId={params.get('range')} tenantNames={tenantNames} onChange={change} />
      <SelectedRequests key={params.toString()} params={params} isLive={isLive} tenantNames={tenantNames} />
    </>
  );
}

type TenantNames = ReadonlyMap<string, string> | undefined;

interface SelectedRequestsProps {
  readonly params: URLSearchParams;
  readonly isLive: boolean;
  readonly tenantNames: TenantNames;
}

/** The requests that one set of filters selects. Another set is another list. */
function SelectedRequests({ params, isLive, tenantNames }: SelectedRequestsProps) {
  const [filter] = useState(() => toRequestFilter(readFilters(params), params.get('range'), Date.now()));
  const columns = useMemo(() => buildRequestColumns(tenantNames), [tenantNames]);
  const List = isLive ? LiveRequests : LoggedRequests;
  return <List filter={filter} columns={columns} />;
}

/** Returns the names of tenants by their ids; undefined for a key that sees one tenant alone. */
function useTenantNames(): TenantNames {
  const isAdmin = useSession().can('admin');
  const [{ data }] = useQuery({ query: FilterTenantsDocument, pause: !isAdmin });
  return useMemo(() => {
    return isAdmin ? new Map(data?.tenants.nodes.map(({ id, name }) => [id, name])) : undefined;
  }, [isAdmin, data]);
}
