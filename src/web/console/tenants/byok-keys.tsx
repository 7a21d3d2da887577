import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { formatTime } from '../ui/format.ts';
import { QueryState } from '../ui/query-state.tsx';
import { showToast } from '../ui/toast.tsx';
import { SetByokKey } from './set-byok-key.tsx';
import { ByokKeysDocument, type ByokKeysQuery, RemoveProviderKeyDocument } from './tenants.generated.ts';

/** The tenant's own keys for providers (BYOK). Their texts are never shown. */
export function ByokKeys({ tenantId }: { readonly tenantId: string }) {
  const [result, reload] = useQuery({ query: ByokKeysDocument, variables: { tenantId } });
  const load = () => reload({ requestPolicy: 'network-only' });
  return (
    <section className="stack">
      <QueryState result={result} onRetry={load}>
        {({ providerKeys, providers }) => (
          <>
            <div className="page-header">
              <h2>Provider keys of the tenant (BYOK)</h2>
              <SetByokKey tenantId={tenantId} providers={providers} onChange={load} />
            </div>
            <ByokTable tenantId={tenantId} keys={providerKeys} onChange={load} />
          </>
        )}
      </QueryState>
    </section>
  );
}

interface ByokTableProps {
  readonly tenantId: string;
  readonly keys: ByokKeysQuery['providerKeys'];
  readonly onChange: () => void;
}

function ByokTable({ tenantId, keys, onChange }: ByokTableProps) {
  const [removed, setRemoved] = useState<string>();
  const [{ fetching }, remove] = useMutation(RemoveProviderKeyDocument);
  if (keys.length === 0) return <p className="muted">None: its requests use the keys of this gateway.</p>;
  const confirm = async () => {
    if (removed === undefined) return;
    const { error } = await remove({ tenantId, provider: removed });
    setRemoved(undefined);
    showToast(error ? 'The key was not removed' : 'The key is removed', error && describeError(error));
    onChange();
  };
  return (
    <>
      <DataTable
        caption="Provider keys of the tenant"
        rows={keys}
        rowKey={({ provider }) => provider}
        columns={[
          { id: 'provider', header: 'Provider', cell: ({ provider }) => provider },
          { id: 'ending', header: 'Key', cell: ({ ending }) => <span className="mono">…{ending}</span> },
          { id: 'created', header: 'Set', cell: ({ createdAt }) => formatTime(createdAt) },
          {
            id: 'remove',
            header: 'Actions',
            cell: ({ provider }) => (
              <Button size="small" aria-label={`Remove the key for ${provider}`} onClick={() => setRemoved(provider)}>
                Remove
              </Button>
            ),
          },
        ]}
      />
      <ConfirmDialog
        title={`Remove the key for ${removed}?`}
        action="Remove"
        isOpen={removed !== undefined}
        isBusy={fetching}
        onConfirm={confirm}
        onClose={() => setRemoved(undefined)}
      >
        <p>
          The requests of the tenant use the key of this gateway again, which then pays. The text cannot be read back.
        </p>
      </ConfirmDialog>
    </>
  );
}
