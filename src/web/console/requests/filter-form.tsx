import { type FormEvent, useId, useState } from 'react';
import { useQuery } from 'urql';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { errorHints } from './error-hints.ts';
import { type FilterName, findProblems, type LogFilters } from './log-filters.ts';
import { formatSource, requestSources } from './request-words.ts';
import { FilterKeysDocument } from './requests.generated.ts';
import { useDraft } from './use-draft.ts';

interface FilterFormProps {
  readonly filters: LogFilters;
  readonly tenantNames: ReadonlyMap<string, string> | undefined;
  readonly onApply: (filters: Readonly<Record<string, string>>) => void;
}

/** As many as `FilterTenants` loads. */
const maxTenants = 100;

const editedNames = [
  ...(['since', 'until', 'model', 'provider', 'route', 'tenantId', 'keyId', 'endUser', 'sessionId', 'tag'] as const),
  ...(['errorCode', 'source', 'minTotalMs', 'fellBack'] as const),
];

/** The filters that are not in the bar. They count once they are applied. */
export function FilterForm({ filters, tenantNames, onApply }: FilterFormProps) {
  const [draft, setDraft] = useDraft(filters);
  const [problems, setProblems] = useState<LogFilters>({});
  const codesId = useId();
  const field = (name: FilterName) => ({
    value: draft[name] ?? '',
    problem: problems[name],
    onChange: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  const timeField = (name: 'since' | 'until') => ({
    ...field(name),
    type: 'datetime-local',
    step: 1,
    value: toLocalTime(draft[name]),
    onChange: (value: string) => setDraft({ ...draft, [name]: value && new Date(value).toISOString() }),
  });
  const apply = (event: FormEvent) => {
    event.preventDefault();
    const found = findProblems(draft, Date.now());
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    onApply(Object.fromEntries(editedNames.map((name) => [name, draft[name]?.trim() ?? ''])));
  };
  return (
    <form className="panel form" aria-label="More filters" onSubmit={apply}>
      <div className="form-row">
        <TextField label="Since" {...timeField('since')} />
        <TextField label="Until" {...timeField('until')} />
        <TextField label="Model" {...field('model')} />
        <TextField label="Provider" {...field('provider')} />
        <TextField label="Route" {...field('route')} />
        {tenantNames && <TenantField names={tenantNames} {...field('tenantId')} />}
        <KeyField tenantId={draft.tenantId} {...field('keyId')} />
        <TextField label="End user" {...field('endUser')} />
        <TextField label="Session" {...field('sessionId')} />
        <TextField label="Tag" placeholder="team=search" {...field('tag')} />
        <TextField label="Error code" list={codesId} {...field('errorCode')} />
        <SelectField label="Source" {...field('source')}>
          <option value="">All sources</option>
          {requestSources.map((source) => (
            <option key={source} value={source}>
              {formatSource(source)}
            </option>
          ))}
        </SelectField>
        <TextField label="Minimum total (ms)" inputMode="numeric" {...field('minTotalMs')} />
        <SelectField label="Fell back" {...field('fellBack')}>
          <option value="">Yes or no</option>
          <option value="true">Yes</option>
          <option value="false">No</option>
        </SelectField>
      </div>
      <datalist id={codesId}>
        {[...errorHints.keys()].map((code) => (
          <option key={code} value={code} />
        ))}
      </datalist>
      <div>
        <Button type="submit" variant="primary">
          Apply
        </Button>
      </div>
    </form>
  );
}

interface ChoiceProps {
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (value: string) => void;
}

/** Where there are more tenants than are loaded, one is named by its id. */
function TenantField({ names, ...choice }: ChoiceProps & { readonly names: ReadonlyMap<string, string> }) {
  if (names.size >= maxTenants) return <TextField label="Tenant" placeholder="ten_…" {...choice} />;
  return <Choice label="Tenant" all="All tenants" names={names} {...choice} />;
}

/** Administrators choose a key by its name, of the chosen tenant or else of their own; others name its id. */
function KeyField({ tenantId, ...choice }: ChoiceProps & { readonly tenantId: string | undefined }) {
  const { me, can } = useSession();
  const [{ data }] = useQuery({
    query: FilterKeysDocument,
    variables: { tenantId: tenantId || me.id },
    pause: !can('admin'),
  });
  if (!data) return <TextField label="API key" placeholder="key_…" {...choice} />;
  const names = new Map(data.apiKeys.map(({ id, name }) => [id, name]));
  return <Choice label="API key" all="All keys" names={names} {...choice} />;
}

interface NamedChoiceProps extends ChoiceProps {
  readonly label: string;
  /** What choosing none means. */
  readonly all: string;
  readonly names: ReadonlyMap<string, string>;
}

function Choice({ label, all, names, value, ...choice }: NamedChoiceProps) {
  return (
    <SelectField label={label} value={value} {...choice}>
      <option value="">{all}</option>
      {value !== '' && !names.has(value) && <option value={value}>{value}</option>}
      {[...names].map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}

/** Converts an ISO 8601 time to the text of a `datetime-local` input, in the visitor's time zone. */
function toLocalTime(time: string | undefined): string {
  if (!time) return '';
  const date = new Date(time);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
