import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useSession } from '../app/session.tsx';
import { DeliveryTable } from '../jobs/delivery-table.tsx';
import type { Column } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { RotateSecret } from './rotate-secret.tsx';
import { WebhookSettingsDocument, type WebhookSettingsQuery } from './webhook-settings.generated.ts';
import { WebhookUrl, WebhookUrlForm } from './webhook-url-form.tsx';

type Job = WebhookSettingsQuery['jobs']['nodes'][number];
type Delivery = Job['webhookDeliveries'][number] & { readonly jobId: string };

/** Where the tenant's webhooks go, what signs them, and how the newest ones went. */
export function WebhookSettings() {
  const { can } = useSession();
  const [result, load] = useQuery({ query: WebhookSettingsDocument, requestPolicy: 'cache-and-network' });
  const reload = () => load({ requestPolicy: 'network-only' });
  return (
    <QueryState result={result} onRetry={reload}>
      {({ me: { id, webhookUrl }, jobs }) => (
        <>
          <section className="stack">
            <h2>URL of the tenant</h2>
            {can('admin') ? (
              <WebhookUrlForm key={webhookUrl} tenantId={id} webhookUrl={webhookUrl} onChange={reload} />
            ) : (
              <WebhookUrl webhookUrl={webhookUrl} />
            )}
          </section>
          <section className="stack">
            <h2>Secret</h2>
            <p>
              Every delivery is signed by the Standard Webhooks specification. Section "Verify a webhook" of
              docs/guides/webhooks.md shows how a receiver verifies the signature.
            </p>
            <RotateSecret />
            {can('admin') && (
              <p>
                <Link href="/audit-log?action=webhook_secret.rotated">Earlier rotations</Link>
              </p>
            )}
          </section>
          <section className="stack">
            <h2>Deliveries of the newest 50 jobs</h2>
            <p className="muted">
              Jobs that have failed for good are among the <Link href="~/console/jobs/dead-letters">dead letters</Link>.
            </p>
            <Deliveries deliveries={listDeliveries(jobs.nodes)} onChange={reload} />
          </section>
        </>
      )}
    </QueryState>
  );
}

interface DeliveriesProps {
  readonly deliveries: readonly Delivery[];
  readonly onChange: () => void;
}

function Deliveries({ deliveries, onChange }: DeliveriesProps) {
  if (deliveries.length === 0) {
    return (
      <EmptyState title="No deliveries">
        <p>
          A job with a <code>webhookUrl</code> sends an event when it ends.
        </p>
      </EmptyState>
    );
  }
  return <DeliveryTable deliveries={deliveries} firstColumns={[jobColumn]} onChange={onChange} />;
}

const jobColumn: Column<Delivery> = {
  id: 'job',
  header: 'Job',
  cell: ({ jobId }) => (
    <Link href={`~/console/jobs/${jobId}`} className="mono">
      {jobId}
    </Link>
  ),
};

function listDeliveries(jobs: readonly Job[]): Delivery[] {
  return jobs.flatMap(({ id, webhookDeliveries }) => webhookDeliveries.map((delivery) => ({ ...delivery, jobId: id })));
}
