import { useState } from 'react';
import { useMutation } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { pickChanges } from '../tenants/pick-changes.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { showToast } from '../ui/toast.tsx';
import { RevokeApiKeyDocument, UpdateApiKeyDocument } from './api-keys.generated.ts';
import { type KeyValues, parseKeyDraft, toKeyDraft } from './key-draft.ts';
import { KeyForm } from './key-form.tsx';
import type { KeyState } from './key-state.ts';
import type { CreatedKey } from './new-key-dialog.tsx';
import { RotateKey } from './rotate-key.tsx';

interface KeyActionsProps {
  readonly apiKey: KeyValues & { readonly id: string };
  readonly state: KeyState;
  /** Whether the console itself uses the key. */
  readonly isOwn: boolean;
  readonly onRotated: (created: CreatedKey) => void;
  readonly onChange: () => void;
}

/** What an administrator does with a key. One that has ended cannot be rotated; one that is revoked stays revoked. */
export function KeyActions({ apiKey, state, isOwn, onRotated, onChange }: KeyActionsProps) {
  if (state === 'revoked') return null;
  return (
    <>
      <EditKey apiKey={apiKey} onChange={onChange} />
      {state === 'valid' && <RotateKey id={apiKey.id} isOwn={isOwn} onRotated={onRotated} />}
      <RevokeKey id={apiKey.id} isOwn={isOwn} onChange={onChange} />
    </>
  );
}

function EditKey({ apiKey, onChange }: Pick<KeyActionsProps, 'apiKey' | 'onChange'>) {
  const [isOpen, setIsOpen] = useState(false);
  const [, update] = useMutation(UpdateApiKeyDocument);
  const initial = toKeyDraft(apiKey);
  const save = async (values: KeyValues) => {
    const input = pickChanges(parseKeyDraft(initial).values, values);
    const { data, error } = await update({ id: apiKey.id, input });
    if (!data) return error;
    setIsOpen(false);
    showToast('The key is saved', data.updateApiKey.warnings[0]);
    onChange();
    return undefined;
  };
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Edit key</Button>
      <Dialog title="Edit key" isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <KeyForm initial={initial} action="Save" onSave={save} onCancel={() => setIsOpen(false)} />
      </Dialog>
    </>
  );
}

function RevokeKey({ id, isOwn, onChange }: { readonly id: string } & Pick<KeyActionsProps, 'isOwn' | 'onChange'>) {
  const [isAsking, setIsAsking] = useState(false);
  const [{ fetching }, revoke] = useMutation(RevokeApiKeyDocument);
  const confirm = async () => {
    const { error } = await revoke({ id });
    setIsAsking(false);
    showToast(error ? 'The key was not revoked' : 'The key is revoked', error && describeError(error));
    onChange();
  };
  return (
    <>
      <Button variant="danger" onClick={() => setIsAsking(true)}>
        Revoke key
      </Button>
      <ConfirmDialog
        title="Revoke this key?"
        action="Revoke"
        isOpen={isAsking}
        isBusy={fetching}
        onConfirm={confirm}
        onClose={() => setIsAsking(false)}
      >
        <p>It is refused everywhere after up to 5 seconds, and stays revoked.</p>
        {isOwn && (
          <p className="problem">
            This is the key that the console uses: it would sign out. The gateway refuses that a key revokes itself, so
            sign in with another admin key first.
          </p>
        )}
      </ConfirmDialog>
    </>
  );
}
