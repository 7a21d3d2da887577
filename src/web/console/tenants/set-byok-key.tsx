import { useState } from 'react';
import { useMutation } from 'urql';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { showToast } from '../ui/toast.tsx';
import { FormActions } from './form-actions.tsx';
import type { FormProblems } from './form-problems.ts';
import { type ByokKeysQuery, SetProviderKeyDocument } from './tenants.generated.ts';
import { useDraftForm } from './use-draft-form.ts';

interface SetByokKeyProps {
  readonly tenantId: string;
  readonly providers: ByokKeysQuery['providers'];
  readonly onChange: () => void;
}

/** Sets the tenant's own key for a provider, in place of an earlier one. */
export function SetByokKey(props: SetByokKeyProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Set provider key</Button>
      <Dialog title="Set provider key" isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <ByokForm {...props} onClose={() => setIsOpen(false)} />
      </Dialog>
    </>
  );
}

interface ByokDraft {
  readonly provider: string;
  readonly key: string;
}

function ByokForm({ tenantId, providers, onChange, onClose }: SetByokKeyProps & { readonly onClose: () => void }) {
  const [, set] = useMutation(SetProviderKeyDocument);
  const choices = providers.filter(({ type }) => type !== 'STUB' && type !== 'OLLAMA');
  const form = useDraftForm({
    initial: { provider: choices[0]?.id ?? '', key: '' },
    parse: parseByokDraft,
    fields: ['provider', 'key'],
    save: async (values: ByokDraft) => {
      const { data, error } = await set({ tenantId, ...values });
      if (!data) return error;
      onClose();
      showToast('The key is set', `It ends in ${data.setProviderKey.ending}.`);
      onChange();
      return undefined;
    },
  });
  const { draft, change, problems } = form;
  return (
    <form className="form" noValidate ref={form.ref} onSubmit={form.submit}>
      <SelectField
        label="Provider"
        problem={problems.provider}
        value={draft.provider}
        onChange={(provider) => change({ provider })}
      >
        {choices.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <input hidden readOnly autoComplete="username" value={draft.provider} />
      <TextField
        label="Key of the provider"
        hint="It is stored encrypted, and its text is never shown again."
        problem={problems.key}
        type="password"
        autoComplete="off"
        spellCheck={false}
        value={draft.key}
        onChange={(key) => change({ key })}
      />
      <FormActions problem={problems['']} action="Set key" isBusy={form.isBusy} onCancel={onClose} />
    </form>
  );
}

function parseByokDraft({ provider, key }: ByokDraft): {
  readonly values: ByokDraft;
  readonly problems: FormProblems;
} {
  const values = { provider, key: key.trim() };
  return { values, problems: values.key === '' ? { key: 'Paste the key.' } : {} };
}
