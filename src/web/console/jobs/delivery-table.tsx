import { useMutation } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatTime } from '../ui/format.ts';
import { showToast } from '../ui/toast.tsx';
import { type DeliveryFragment, ResendWebhookDocument } from './jobs.generated.ts';

interface DeliveryTableProps<Delivery extends DeliveryFragment> {
  readonly deliveries: readonly Delivery[];
  /** Stand before the others. */
  readonly firstColumns?: readonly Column<Delivery>[];
  readonly onChange: () => void;
}

/** Webhook deliveries, each of which can be sent again. */
export function DeliveryTable<Delivery extends DeliveryFragment>(props: DeliveryTableProps<Delivery>) {
  const { deliveries, firstColumns = [], onChange } = props;
  const { can } = useSession();
  const sendColumn: Column<Delivery> = {
    id: 'resend',
    header: 'Send again',
    cell: ({ id }) => <ResendButton id={id} onChange={onChange} />,
  };
  return (
    <DataTable
      caption="Webhook deliveries"
      rows={deliveries}
      rowKey={({ id }) => id}
      columns={[...firstColumns, ...deliveryColumns, ...(can('jobs') ? [sendColumn] : [])]}
    />
  );
}

const deliveryColumns: readonly Column<DeliveryFragment>[] = [
  { id: 'status', header: 'Status', cell: ({ status }) => status.toLowerCase() },
  { id: 'event', header: 'Event', cell: ({ event }) => event },
  { id: 'url', header: 'URL', cell: ({ url }) => url },
  { id: 'attempts', header: 'Attempts', isNumber: true, cell: ({ attemptCount }) => attemptCount },
  { id: 'error', header: 'Error', cell: ({ error }) => error ?? '' },
  { id: 'created', header: 'Created', cell: ({ createdAt }) => formatTime(createdAt) },
  { id: 'finished', header: 'Finished', cell: ({ finishedAt }) => formatTime(finishedAt) },
];

function ResendButton({ id, onChange }: { readonly id: string; readonly onChange: () => void }) {
  const [{ fetching }, resend] = useMutation(ResendWebhookDocument);
  const send = async () => {
    const { error } = await resend({ id });
    showToast(error ? 'The webhook was not sent' : 'The webhook is sent again', error && describeError(error));
    onChange();
  };
  return (
    <Button size="small" isBusy={fetching} onClick={send}>
      Send again
    </Button>
  );
}
