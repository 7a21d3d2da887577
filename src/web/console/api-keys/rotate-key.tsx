import { useState } from 'react';
import { useMutation } from 'urql';
import { FormActions } from '../tenants/form-actions.tsx';
import type { FormProblems } from '../tenants/form-problems.ts';
import { useDraftForm } from '../tenants/use-draft-form.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { RotateApiKeyDocument } from './api-keys.generated.ts';
import type { CreatedKey } from './new-key-dialog.tsx';
import { parseOverlap } from './parse-overlap.ts';

interface RotateKeyProps {
  readonly id: string;
  /** Whether the console itself uses the key. */
  readonly isOwn: boolean;
  readonly onRotated: (created: CreatedKey) => void;
}

/** Replaces a key by one with the same settings. */
export function RotateKey({ onRotated, ...props }: RotateKeyProps) {
  const [isOpen, setIsOpen] = useState(false);
  const finish = (created: CreatedKey) => {
    setIsOpen(false);
    onRotated(created);
  };
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Rotate key</Button>
      <Dialog title="Rotate this key" isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <RotateForm {...props} onRotated={finish} onClose={() => setIsOpen(false)} />
      </Dialog>
    </>
  );
}

function RotateForm({ id, isOwn, onRotated, onClose }: RotateKeyProps & { readonly onClose: () => void }) {
  const [, rotate] = useMutation(RotateApiKeyDocument);
  const form = useDraftForm({
    initial: { hours: '24' },
    parse: ({ hours }): { values: number; problems: FormProblems } => {
      const { seconds, problem } = parseOverlap(hours, isOwn);
      return { values: seconds, problems: problem === undefined ? {} : { overlapSeconds: problem } };
    },
    fields: ['overlapSeconds'],
    save: async (overlapSeconds) => {
      const { data, error } = await rotate({ id, overlapSeconds });
      if (data) onRotated(data.rotateApiKey);
      return error;
    },
  });
  return (
    <form className="form" noValidate ref={form.ref} onSubmit={form.submit}>
      <p>A new key gets all that this one has. Both work until the overlap ends.</p>
      {isOwn && (
        <p className="problem">
          This is the key that the console uses: the console signs out when the overlap ends. Sign in with the new key
          before.
        </p>
      )}
      <TextField
        label="Overlap, hours"
        hint="0 to 720. With 0 the old key ends at once."
        problem={form.problems.overlapSeconds}
        inputMode="numeric"
        value={form.draft.hours}
        onChange={(hours) => form.change({ hours })}
      />
      <FormActions problem={form.problems['']} action="Rotate" isBusy={form.isBusy} onCancel={onClose} />
    </form>
  );
}
