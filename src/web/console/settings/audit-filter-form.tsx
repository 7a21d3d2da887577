import { type FormEvent, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { auditActionNames } from './audit-actions.ts';
import { type FilterProblem, toIsoTime, toLocalTime } from './audit-filter.ts';
import type { AuditLogFilter } from './audit-log.generated.ts';

type FilterValues = Readonly<Record<'action' | 'tenantId' | 'actorKeyId' | 'subjectId' | 'since' | 'until', string>>;

interface AuditFilterFormProps {
  readonly filter: AuditLogFilter;
  readonly problem: FilterProblem | undefined;
  readonly onChange: (values: FilterValues) => void;
}

const emptyValues: FilterValues = { action: '', tenantId: '', actorKeyId: '', subjectId: '', since: '', until: '' };

/** Which entries of the audit log are listed. Its values hold once they are sent. */
export function AuditFilterForm({ filter, problem, onChange }: AuditFilterFormProps) {
  const [values, setValues] = useState<FilterValues>(() => toValues(filter));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChange({ ...values, since: toIsoTime(values.since), until: toIsoTime(values.until) });
  };
  const createField = (name: keyof FilterValues, label: string) => ({
    label,
    value: values[name],
    onChange: (value: string) => setValues({ ...values, [name]: value }),
    problem: problem?.field === name ? problem.message : undefined,
  });
  return (
    <form className="form panel" aria-label="Filter" onSubmit={submit}>
      <div className="form-row">
        <SelectField {...createField('action', 'Action')}>
          <option value="">All actions</option>
          {auditActionNames.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField {...createField('tenantId', 'Tenant')} placeholder="ten_…" />
        <TextField {...createField('actorKeyId', 'Key of the actor')} placeholder="key_…" />
        <TextField {...createField('subjectId', 'Subject')} placeholder="An id or a name" />
        <TextField {...createField('since', 'Since')} type="datetime-local" />
        <TextField {...createField('until', 'Until')} type="datetime-local" />
      </div>
      <div className="actions">
        <Button type="submit" variant="primary">
          Filter
        </Button>
        <Button variant="ghost" onClick={() => onChange(emptyValues)}>
          Clear
        </Button>
      </div>
    </form>
  );
}

function toValues(filter: AuditLogFilter): FilterValues {
  const { action, tenantId, actorKeyId, subjectId, since, until } = filter;
  return {
    action: action ?? '',
    tenantId: tenantId ?? '',
    actorKeyId: actorKeyId ?? '',
    subjectId: subjectId ?? '',
    since: toLocalTime(since ?? ''),
    until: toLocalTime(until ?? ''),
  };
}
