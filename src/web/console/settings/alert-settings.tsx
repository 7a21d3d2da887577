import { useQuery } from 'urql';
import { Link } from 'wouter';
import { Badge } from '../ui/badge.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { formatCount, formatTime } from '../ui/format.ts';
import { QueryState } from '../ui/query-state.tsx';
import { AlertsDocument, type AlertsQuery } from './alerts.generated.ts';

type Alert = AlertsQuery['alerts'][number];

/** The alerts to the operator, the active ones first. */
export function AlertSettings() {
  const [result, reload] = useQuery({ query: AlertsDocument, requestPolicy: 'cache-and-network' });
  return (
    <section className="stack">
      <h2>Alerts</h2>
      <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
        {({ alerts }) =>
          alerts.length === 0 ? (
            <NoAlerts />
          ) : (
            <DataTable
              caption="Alerts"
              rows={alerts}
              rowKey={({ name, subject }) => `${name} ${subject}`}
              columns={columns}
            />
          )
        }
      </QueryState>
    </section>
  );
}

function NoAlerts() {
  return (
    <EmptyState title="No alert has been sent">
      <p>
        The gateway alerts its operator when a provider or the jobs begin to fail, if it has an{' '}
        <code>ALERT_WEBHOOK_URL</code>.
      </p>
    </EmptyState>
  );
}

const columns: readonly Column<Alert>[] = [
  {
    id: 'state',
    header: 'State',
    cell: ({ active }) => (active ? <Badge tone="bad">Active</Badge> : <Badge tone="good">Ended</Badge>),
  },
  { id: 'name', header: 'Alert', cell: ({ name }) => name },
  { id: 'subject', header: 'Subject', cell: ({ subject }) => subject },
  { id: 'since', header: 'Since', cell: ({ since }) => formatTime(since) },
  {
    id: 'failed',
    header: 'Failed attempts',
    isNumber: true,
    cell: ({ failed, attempts }) => `${formatCount(failed)} of ${formatCount(attempts)}`,
  },
  { id: 'errors', header: 'Errors', cell: ({ errorCodes }) => errorCodes.join(', ') },
  { id: 'samples', header: 'Sample requests', cell: ({ sampleRequestIds }) => <Samples ids={sampleRequestIds} /> },
  { id: 'delivery', header: 'Delivery', cell: ({ delivery }) => formatDelivery(delivery) },
];

function Samples({ ids }: { readonly ids: readonly string[] }) {
  return (
    <ul className="plain-list">
      {ids.map((id) => (
        <li key={id}>
          <Link href={`~/console/requests/${id}`} className="mono">
            {id}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function formatDelivery(delivery: Alert['delivery']): string {
  if (!delivery) return 'deleted';
  const { status, error, attemptCount } = delivery;
  const attempts = attemptCount === 1 ? '1 attempt' : `${formatCount(attemptCount)} attempts`;
  return `${status.toLowerCase()}${error === null ? '' : ` (${error})`} after ${attempts}`;
}
