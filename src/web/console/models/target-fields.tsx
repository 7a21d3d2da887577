import { useId } from 'react';
import { Button } from '../ui/button.tsx';
import { SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import type { ProvidersQuery } from './models.generated.ts';
import type { TargetDraft } from './route-draft.ts';

export type Providers = ProvidersQuery['providers'];

interface TargetFieldsProps {
  readonly target: TargetDraft;
  /** From 0. */
  readonly index: number;
  readonly isLast: boolean;
  readonly isOnly: boolean;
  readonly providers: Providers;
  /** By the names of the fields. */
  readonly problem: (field: string) => string | undefined;
  readonly onChange: (target: TargetDraft) => void;
  readonly onMove: (step: 1 | -1) => void;
  readonly onRemove: () => void;
}

/** The fields of one target of a route. */
export function TargetFields({ target, index, providers, problem, onChange, ...actions }: TargetFieldsProps) {
  const change = (field: keyof TargetDraft) => (value: string) => onChange({ ...target, [field]: value });
  const field = (name: 'tier' | 'weight' | 'params' | 'firstByteTimeoutMs') => ({
    value: target[name],
    problem: problem(name),
    onChange: change(name),
  });
  return (
    <fieldset className="panel stack target" tabIndex={-1}>
      <legend>{`Target ${index + 1}`}</legend>
      <div className="form-row">
        <ProviderSelect
          value={target.provider}
          providers={providers}
          problem={problem('provider')}
          onChange={change('provider')}
        />
        <ModelField
          value={target.model}
          provider={providers.find(({ id }) => id === target.provider)}
          problem={problem('model')}
          onChange={change('model')}
        />
      </div>
      <div className="form-row">
        <TextField label="Tier" hint="1 is tried first" inputMode="numeric" {...field('tier')} />
        <TextField label="Weight" hint="Share in its tier" inputMode="numeric" {...field('weight')} />
        <TextField
          label="First byte timeout (ms)"
          hint="Empty: that of the gateway"
          inputMode="numeric"
          {...field('firstByteTimeoutMs')}
        />
      </div>
      <TextAreaField
        label="Parameters (JSON)"
        hint='Defaults for requests, such as {"temperature": 0.2}'
        rows={Math.min(8, Math.max(2, target.params.split('\n').length))}
        spellCheck={false}
        {...field('params')}
      />
      <TargetActions index={index} {...actions} />
    </fieldset>
  );
}

type TargetActionsProps = Pick<TargetFieldsProps, 'index' | 'isLast' | 'isOnly' | 'onMove' | 'onRemove'>;

function TargetActions({ index, isLast, isOnly, onMove, onRemove }: TargetActionsProps) {
  const number = index + 1;
  return (
    <div className="actions">
      <Button size="small" disabled={index === 0} aria-label={`Move up target ${number}`} onClick={() => onMove(-1)}>
        Move up
      </Button>
      <Button size="small" disabled={isLast} aria-label={`Move down target ${number}`} onClick={() => onMove(1)}>
        Move down
      </Button>
      <Button size="small" disabled={isOnly} aria-label={`Remove target ${number}`} onClick={onRemove}>
        Remove
      </Button>
    </div>
  );
}

interface ProviderSelectProps {
  readonly value: string;
  readonly providers: Providers;
  readonly problem: string | undefined;
  readonly onChange: (value: string) => void;
}

/** A choice of a provider. One that the gateway no longer has stays in the list while it is chosen. */
export function ProviderSelect({ value, providers, problem, onChange }: ProviderSelectProps) {
  const isListed = providers.some(({ id }) => id === value);
  return (
    <SelectField label="Provider" value={value} problem={problem} onChange={onChange}>
      {!isListed && <option value={value}>{value}</option>}
      {providers.map(({ id, name, enabled }) => (
        <option key={id} value={id}>
          {enabled ? name : `${name} (not configured)`}
        </option>
      ))}
    </SelectField>
  );
}

interface ModelFieldProps {
  readonly value: string;
  readonly provider: Providers[number] | undefined;
  readonly problem?: string | undefined;
  readonly hint?: string;
  readonly onChange: (value: string) => void;
}

/** The name of a model, with the models of the provider as suggestions. */
export function ModelField({ provider, ...field }: ModelFieldProps) {
  const listId = useId();
  return (
    <>
      <TextField
        label="Model"
        list={listId}
        required
        autoComplete="off"
        spellCheck={false}
        placeholder={provider?.defaultModel ?? undefined}
        {...field}
      />
      <datalist id={listId}>
        {provider?.models.map(({ id }) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </>
  );
}
