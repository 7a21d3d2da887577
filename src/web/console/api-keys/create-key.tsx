import { useState } from 'react';
import { useMutation } from 'urql';
import { pickChanges } from '../tenants/pick-changes.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { CreateApiKeyDocument } from './api-keys.generated.ts';
import { emptyKey, type KeyValues, parseKeyDraft } from './key-draft.ts';
import { KeyForm } from './key-form.tsx';
import { type CreatedKey, NewKeyDialog } from './new-key-dialog.tsx';

const emptyValues = parseKeyDraft(emptyKey).values;

interface CreateKeyProps {
  readonly tenantId: string;
  readonly onChange: () => void;
}

/** Creates an API key, and shows its text once. */
export function CreateKey({ tenantId, onChange }: CreateKeyProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [created, setCreated] = useState<CreatedKey>();
  const [, create] = useMutation(CreateApiKeyDocument);
  const save = async (values: KeyValues) => {
    const input = { ...pickChanges(emptyValues, values), tenantId, name: values.name };
    const { data, error } = await create({ input });
    if (!data) return error;
    setIsOpen(false);
    setCreated(data.createApiKey);
    onChange();
    return undefined;
  };
  return (
    <>
      <Button variant="primary" onClick={() => setIsOpen(true)}>
        Create API key
      </Button>
      <Dialog title="Create API key" isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <KeyForm initial={emptyKey} action="Create" onSave={save} onCancel={() => setIsOpen(false)} />
      </Dialog>
      {created && <NewKeyDialog created={created} onClose={() => setCreated(undefined)} />}
    </>
  );
}
