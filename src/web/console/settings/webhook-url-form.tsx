import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { PropertyList } from '../ui/property-list.tsx';
import { showToast } from '../ui/toast.tsx';
import { SetWebhookUrlDocument } from './webhook-settings.generated.ts';

export function WebhookUrl({ webhookUrl }: { readonly webhookUrl: string | null }) {
  return <PropertyList properties={[{ label: 'Webhook URL', value: webhookUrl ?? 'None' }]} />;
}

interface WebhookUrlFormProps {
  readonly tenantId: string;
  readonly webhookUrl: string | null;
  readonly onChange: () => void;
}

/** Sets where the tenant is told of its budgets. */
export function WebhookUrlForm({ tenantId, webhookUrl, onChange }: WebhookUrlFormProps) {
  const [url, setUrl] = useState(webhookUrl ?? '');
  const [{ fetching, error }, setWebhookUrl] = useMutation(SetWebhookUrlDocument);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const trimmed = url.trim();
    const result = await setWebhookUrl({ id: tenantId, webhookUrl: trimmed === '' ? null : trimmed });
    if (result.error) return;
    showToast('The webhook URL is saved');
    onChange();
  };
  return (
    <form className="form panel" onSubmit={submit}>
      <TextField
        label="Webhook URL"
        hint="Budget alerts and responses in the background are sent to it. Leave it empty to send none."
        problem={error && describeError(error)}
        placeholder="https://"
        value={url}
        onChange={setUrl}
      />
      <div className="actions">
        <Button type="submit" variant="primary" isBusy={fetching} disabled={url.trim() === (webhookUrl ?? '')}>
          Save URL
        </Button>
      </div>
    </form>
  );
}
