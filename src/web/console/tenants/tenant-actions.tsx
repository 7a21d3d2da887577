import { useState } from 'react';
import { useMutation } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { showToast } from '../ui/toast.tsx';
import { pickChanges } from './pick-changes.ts';
import { parseTenantDraft, type TenantValues, toTenantDraft } from './tenant-draft.ts';
import { TenantForm } from './tenant-form.tsx';
import { ResumeTenantDocument, SuspendTenantDocument, UpdateTenantDocument } from './tenants.generated.ts';

interface TenantActionsProps {
  readonly tenant: TenantValues & { readonly id: string; readonly active: boolean };
  readonly onChange: () => void;
}

/** What an administrator does with a tenant. A key cannot suspend its own tenant. */
export function TenantActions({ tenant, onChange }: TenantActionsProps) {
  const { me } = useSession();
  return (
    <>
      <EditTenant tenant={tenant} onChange={onChange} />
      {!tenant.active && <ResumeTenant id={tenant.id} onChange={onChange} />}
      {tenant.active && tenant.id !== me.id && <SuspendTenant id={tenant.id} onChange={onChange} />}
    </>
  );
}

function EditTenant({ tenant, onChange }: TenantActionsProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [, update] = useMutation(UpdateTenantDocument);
  const initial = toTenantDraft(tenant);
  const save = async (values: TenantValues) => {
    const input = pickChanges(parseTenantDraft(initial).values, values);
    const { data, error } = await update({ id: tenant.id, input });
    if (!data) return error;
    setIsOpen(false);
    showToast('The tenant is saved');
    onChange();
    return undefined;
  };
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Edit tenant</Button>
      <Dialog title="Edit tenant" isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <TenantForm initial={initial} action="Save" onSave={save} onCancel={() => setIsOpen(false)} />
      </Dialog>
    </>
  );
}

interface ActionProps {
  readonly id: string;
  readonly onChange: () => void;
}

function SuspendTenant({ id, onChange }: ActionProps) {
  const [isAsking, setIsAsking] = useState(false);
  const [{ fetching }, suspend] = useMutation(SuspendTenantDocument);
  const confirm = async () => {
    const { error } = await suspend({ id });
    setIsAsking(false);
    showToast(error ? 'The tenant was not suspended' : 'The tenant is suspended', error && describeError(error));
    onChange();
  };
  return (
    <>
      <Button variant="danger" onClick={() => setIsAsking(true)}>
        Suspend tenant
      </Button>
      <ConfirmDialog
        title="Suspend this tenant?"
        action="Suspend"
        isOpen={isAsking}
        isBusy={fetching}
        onConfirm={confirm}
        onClose={() => setIsAsking(false)}
      >
        <p>
          All its keys are refused after up to 5 seconds, and its jobs that have not started fail. You can resume it.
        </p>
      </ConfirmDialog>
    </>
  );
}

function ResumeTenant({ id, onChange }: ActionProps) {
  const [{ fetching }, resume] = useMutation(ResumeTenantDocument);
  const run = async () => {
    const { error } = await resume({ id });
    showToast(error ? 'The tenant was not resumed' : 'The tenant is resumed', error && describeError(error));
    onChange();
  };
  return (
    <Button variant="primary" isBusy={fetching} onClick={run}>
      Resume tenant
    </Button>
  );
}
