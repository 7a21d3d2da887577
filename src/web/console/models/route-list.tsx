import { useQuery } from 'urql';
import { Link, useLocation } from 'wouter';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { formatTargets } from './format-targets.ts';
import { RoutesDocument, type RoutesQuery } from './models.generated.ts';
import { RouteOwner } from './route-owner.tsx';

type Route = RoutesQuery['routes'][number];

/** The routes that the tenant of the key can use. */
export function RouteList() {
  const [result, reload] = useQuery({ query: RoutesDocument, requestPolicy: 'cache-and-network' });
  return (
    <>
      <div className="page-header">
        <p className="muted">A route is a model name that leads to one or more targets.</p>
        <NewRouteButton />
      </div>
      <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
        {({ routes }) =>
          routes.length === 0 ? (
            <EmptyState title="No routes yet">
              <p>With a route you decide where requests for a name go, and where they fall back to.</p>
            </EmptyState>
          ) : (
            <DataTable caption="Routes" rows={routes} rowKey={({ name }) => name} columns={columns} />
          )
        }
      </QueryState>
    </>
  );
}

function NewRouteButton() {
  const { can } = useSession();
  const [, navigate] = useLocation();
  if (!can('admin')) return null;
  return (
    <Button variant="primary" onClick={() => navigate('/new-route')}>
      New route
    </Button>
  );
}

const columns = [
  {
    id: 'name',
    header: 'Route',
    cell: ({ name }: Route) => (
      <Link href={`/routes/${name}`} className="mono">
        {name}
      </Link>
    ),
  },
  { id: 'owner', header: 'Owner', cell: ({ tenantId }: Route) => <RouteOwner tenantId={tenantId} /> },
  {
    id: 'targets',
    header: 'Targets',
    cell: ({ targets }: Route) => <span className="wrapping mono">{formatTargets(targets)}</span>,
  },
  { id: 'version', header: 'Version', isNumber: true, cell: ({ version }: Route) => formatVersion(version) },
];

function formatVersion(version: number): string {
  return version === 0 ? 'routes.json' : String(version);
}
