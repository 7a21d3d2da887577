import type { CombinedError } from '@urql/core';
import { FormActions } from '../tenants/form-actions.tsx';
import { LimitFields } from '../tenants/limit-fields.tsx';
import { useDraftForm } from '../tenants/use-draft-form.ts';
import { CheckField, SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import type { BodyRetention } from './api-keys.generated.ts';
import { type KeyDraft, type KeyValues, keyFields, parseKeyDraft } from './key-draft.ts';
import { ScopeFields } from './scope-fields.tsx';

interface KeyFormProps {
  readonly initial: KeyDraft;
  readonly action: string;
  readonly onSave: (values: KeyValues) => Promise<CombinedError | undefined>;
  readonly onCancel: () => void;
}

const retentions: Readonly<Record<BodyRetention, string>> = {
  NONE: 'Keep none',
  ERRORS: 'Keep those of requests that fail or are refused',
  ALL: 'Keep all',
};

/** The settings of an API key. */
export function KeyForm({ initial, action, onSave, onCancel }: KeyFormProps) {
  const form = useDraftForm({ initial, parse: parseKeyDraft, fields: keyFields, save: onSave });
  const { draft, change, problems } = form;
  return (
    <form className="form" noValidate ref={form.ref} onSubmit={form.submit}>
      <TextField label="Name" problem={problems.name} value={draft.name} onChange={(name) => change({ name })} />
      <fieldset>
        <legend>Limits</legend>
        <LimitFields path="limits" draft={draft.limits} problems={problems} onChange={(limits) => change({ limits })} />
      </fieldset>
      <ScopeFields scopes={draft.scopes} problem={problems.scopes} onChange={(scopes) => change({ scopes })} />
      <TextAreaField
        label="Allowed models"
        hint="Models and routes, separated by commas or lines. Empty: any."
        problem={problems.allowedModels}
        rows={2}
        value={draft.allowedModels}
        onChange={(allowedModels) => change({ allowedModels })}
      />
      <TextAreaField
        label="Allowed providers"
        hint="Separated by commas or lines. Empty: any."
        problem={problems.allowedProviders}
        rows={2}
        value={draft.allowedProviders}
        onChange={(allowedProviders) => change({ allowedProviders })}
      />
      <TextField
        label="Last day"
        hint="The key works until the end of this day in UTC. Empty: it does not expire."
        problem={problems.expiresAt}
        type="date"
        value={draft.lastDay}
        onChange={(lastDay) => change({ lastDay })}
      />
      <EndUserFields draft={draft} problems={problems} onChange={change} />
      <CheckField
        label="Strict: a field that a translation would drop is an error"
        isChecked={draft.strict}
        onChange={(strict) => change({ strict })}
      />
      <SelectField
        label="Bodies of requests and replies"
        problem={problems.keepBodies}
        value={draft.keepBodies}
        onChange={(value) => change({ keepBodies: value as BodyRetention })}
      >
        {Object.entries(retentions).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      <FormActions problem={problems['']} action={action} isBusy={form.isBusy} onCancel={onCancel} />
    </form>
  );
}

interface EndUserFieldsProps {
  readonly draft: KeyDraft;
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (changes: Partial<KeyDraft>) => void;
}

function EndUserFields({ draft, problems, onChange }: EndUserFieldsProps) {
  return (
    <fieldset>
      <legend>End users</legend>
      <TextField
        label="End user of all requests"
        hint="Empty: each request names its own."
        problem={problems.endUser}
        autoComplete="off"
        value={draft.endUser}
        onChange={(endUser) => onChange({ endUser })}
      />
      <LimitFields
        path="endUserLimits"
        draft={draft.endUserLimits}
        problems={problems}
        onChange={(endUserLimits) => onChange({ endUserLimits })}
      />
      <CheckField
        label="Require an end user: a request without one is an error"
        isChecked={draft.requireEndUser}
        onChange={(requireEndUser) => onChange({ requireEndUser })}
      />
    </fieldset>
  );
}
