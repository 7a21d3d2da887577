import { useState } from 'react';
import { useMutation } from 'urql';
import { useLocation } from 'wouter';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { showToast } from '../ui/toast.tsx';
import { pickChanges } from './pick-changes.ts';
import { emptyTenant, parseTenantDraft, type TenantValues } from './tenant-draft.ts';
import { TenantForm } from './tenant-form.tsx';
import { CreateTenantDocument } from './tenants.generated.ts';

const emptyValues = parseTenantDraft(emptyTenant).values;

/** Creates a tenant, and leads to it: there its first key is created. */
export function CreateTenant() {
  const [isOpen, setIsOpen] = useState(false);
  const [, create] = useMutation(CreateTenantDocument);
  const [, navigate] = useLocation();
  const save = async (values: TenantValues) => {
    const input = { ...pickChanges(emptyValues, values), name: values.name };
    const { data, error } = await create({ input });
    if (!data) return error;
    showToast('The tenant is created', 'It has no API key yet: create one here.');
    navigate(`/${data.createTenant.id}`);
    return undefined;
  };
  return (
    <>
      <Button variant="primary" onClick={() => setIsOpen(true)}>
        Create tenant
      </Button>
      <Dialog title="Create tenant" isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <TenantForm initial={emptyTenant} action="Create" onSave={save} onCancel={() => setIsOpen(false)} />
      </Dialog>
    </>
  );
}
