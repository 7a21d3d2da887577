import type { CombinedError } from '@urql/core';
import { CheckField, TextAreaField, TextField } from '../ui/field.tsx';
import { FormActions } from './form-actions.tsx';
import { LimitFields } from './limit-fields.tsx';
import { parseTenantDraft, type TenantDraft, type TenantValues, tenantFields } from './tenant-draft.ts';
import { useDraftForm } from './use-draft-form.ts';

interface TenantFormProps {
  readonly initial: TenantDraft;
  readonly action: string;
  readonly onSave: (values: TenantValues) => Promise<CombinedError | undefined>;
  readonly onCancel: () => void;
}

/** The properties of a tenant. */
export function TenantForm({ initial, action, onSave, onCancel }: TenantFormProps) {
  const form = useDraftForm({ initial, parse: parseTenantDraft, fields: tenantFields, save: onSave });
  const { draft, change, problems } = form;
  return (
    <form className="form" noValidate ref={form.ref} onSubmit={form.submit}>
      <TextField label="Name" problem={problems.name} value={draft.name} onChange={(name) => change({ name })} />
      <fieldset>
        <legend>Limits of all its keys together</legend>
        <LimitFields path="limits" draft={draft.limits} problems={problems} onChange={(limits) => change({ limits })} />
      </fieldset>
      <fieldset>
        <legend>End users</legend>
        <LimitFields
          path="endUserLimits"
          draft={draft.endUserLimits}
          problems={problems}
          onChange={(endUserLimits) => change({ endUserLimits })}
        />
        <CheckField
          label="Require an end user: a request without one is an error"
          isChecked={draft.requireEndUser}
          onChange={(requireEndUser) => change({ requireEndUser })}
        />
      </fieldset>
      <TextAreaField
        label="Tags"
        hint="Up to 8 that x-gateway-tags may have, such as team. Separate them by commas or lines."
        problem={problems.tagNames}
        rows={2}
        value={draft.tagNames}
        onChange={(tagNames) => change({ tagNames })}
      />
      <TextField
        label="Webhook URL"
        hint="Told of budgets that run out."
        problem={problems.webhookUrl}
        type="url"
        value={draft.webhookUrl}
        onChange={(webhookUrl) => change({ webhookUrl })}
      />
      <CheckField
        label="Store Responses, where the gateway stores them at all"
        isChecked={draft.storeResponses}
        onChange={(storeResponses) => change({ storeResponses })}
      />
      <FormActions problem={problems['']} action={action} isBusy={form.isBusy} onCancel={onCancel} />
    </form>
  );
}
