import { type FormEvent, useId, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { FilterForm } from './filter-form.tsx';
import { defaultRangeId, describeFilter, filterNames, type LogFilters, logRanges } from './log-filters.ts';
import { formatRequestStatus, requestStatuses } from './request-words.ts';
import { useDraft } from './use-draft.ts';

/** A change of the parameters of the URL: the empty text removes one. */
export type ChangeFilters = (changes: Readonly<Record<string, string>>) => void;

interface FilterBarProps {
  readonly filters: LogFilters;
  readonly rangeId: string | null;
  /** The names of the tenants that are loaded, by their ids. Undefined: the visitor sees one tenant alone. */
  readonly tenantNames: ReadonlyMap<string, string> | undefined;
  readonly onChange: ChangeFilters;
}

/** The filters of the log: those that are used often, a form with all others, and those that are set. */
export function FilterBar({ filters, rangeId, tenantNames, onChange }: FilterBarProps) {
  const [isOpen, setIsOpen] = useState(false);
  const formId = useId();
  const range = filters.since || filters.until ? '' : (rangeId ?? defaultRangeId);
  return (
    <section className="stack request-filters" aria-label="Filters">
      <div className="actions">
        <select
          aria-label="Time range"
          value={range}
          onChange={(event) => onChange({ range: event.target.value, since: '', until: '' })}
        >
          {range === '' && <option value="">Set times</option>}
          {logRanges.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
        <select
          aria-label="Status"
          value={filters.status ?? ''}
          onChange={(event) => onChange({ id: '', status: event.target.value })}
        >
          <option value="">All statuses</option>
          {requestStatuses.map((status) => (
            <option key={status} value={status}>
              {formatRequestStatus(status)}
            </option>
          ))}
        </select>
        <FindForm id={filters.id ?? ''} onChange={onChange} />
        <Button aria-expanded={isOpen} aria-controls={formId} onClick={() => setIsOpen(!isOpen)}>
          More filters
        </Button>
      </div>
      <div id={formId} hidden={!isOpen}>
        {isOpen && (
          <FilterForm
            filters={filters}
            tenantNames={tenantNames}
            onApply={(changes) => onChange({ ...changes, id: '' })}
          />
        )}
      </div>
      <ActiveFilters filters={filters} tenantNames={tenantNames} onChange={onChange} />
    </section>
  );
}

/** Looks a request up. Its id stands alone: it takes the place of the other filters. */
function FindForm({ id, onChange }: { readonly id: string; readonly onChange: ChangeFilters }) {
  const [text, setText] = useDraft(id);
  const find = (event: FormEvent) => {
    event.preventDefault();
    onChange({ ...noFilters, id: text.trim() });
  };
  return (
    <search>
      <form className="find" onSubmit={find}>
        <input
          type="search"
          aria-label="Request id or x-request-id"
          placeholder="Request id or x-request-id"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit">Find</Button>
      </form>
    </search>
  );
}

function ActiveFilters({ filters, tenantNames, onChange }: Omit<FilterBarProps, 'rangeId'>) {
  const active = filterNames.flatMap((name) => {
    const value = filters[name];
    if (value === undefined) return [];
    const shown = name === 'tenantId' ? (tenantNames?.get(value) ?? value) : value;
    return [{ name, text: describeFilter(name, shown) }];
  });
  if (active.length === 0) return null;
  return (
    <ul className="active-filters" aria-label="Active filters">
      {active.map(({ name, text }) => (
        <li key={name}>
          <Button size="small" aria-label={`Remove ${text}`} onClick={() => onChange({ [name]: '' })}>
            {text} <span aria-hidden="true">×</span>
          </Button>
        </li>
      ))}
      <li>
        <Button size="small" variant="ghost" onClick={() => onChange(noFilters)}>
          Clear filters
        </Button>
      </li>
    </ul>
  );
}

const noFilters: Readonly<Record<string, string>> = Object.fromEntries(filterNames.map((name) => [name, '']));
