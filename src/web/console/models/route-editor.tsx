import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useMutation } from 'urql';
import { Link, useLocation } from 'wouter';
import { describeError } from '../app/describe-error.ts';
import { type FieldProblems, noProblems, parseFieldProblems } from '../app/parse-field-problems.ts';
import { Button } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { showToast } from '../ui/toast.tsx';
import { type PromptCache, SetRouteDocument, type SetRouteInput, type Sticky } from './models.generated.ts';
import { encodeRouteDraft, listFieldPaths, type RouteDraft } from './route-draft.ts';
import type { SavedRouteState } from './route-page.tsx';
import type { Providers } from './target-fields.tsx';
import { TargetList } from './target-list.tsx';
import { UnsavedChanges } from './unsaved-changes.tsx';

interface RouteEditorProps {
  readonly title: string;
  readonly initialDraft: RouteDraft;
  /** Whether the route exists: its name and its owner stay. */
  readonly isExisting: boolean;
  readonly providers: Providers;
}

/** The form of a route. */
export function RouteEditor({ title, initialDraft, isExisting, providers }: RouteEditorProps) {
  const [draft, setDraft] = useState(initialDraft);
  const [problems, setProblems] = useState(noProblems);
  const [{ fetching }, setRoute] = useMutation(SetRouteDocument);
  const [, navigate] = useLocation();
  const form = useFocusOnProblem(problems);
  const routePath = isExisting ? `/routes/${draft.name}` : '?tab=routes';
  const isDirty = JSON.stringify(draft) !== JSON.stringify(initialDraft);

  const send = async (input: SetRouteInput) => {
    const { data, error } = await setRoute({ input });
    if (error) return setProblems(parseFieldProblems(describeError(error), listFieldPaths(draft)));
    if (!data) return undefined;
    const { name, version, warnings } = data.setRoute;
    showToast(`Route ${name} is saved as version ${version}`);
    return navigate(`/routes/${name}`, { state: { warnings } satisfies SavedRouteState });
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const encoded = encodeRouteDraft(draft);
    if ('problems' in encoded) return setProblems({ fields: encoded.problems, rest: undefined });
    setProblems(noProblems);
    return await send(encoded.input);
  };
  // Problems name their targets by the places in the list.
  const changeList = (changed: RouteDraft) => {
    setProblems(noProblems);
    setDraft(changed);
  };
  const part = { draft, problem: (path: string) => problems.fields.get(path), onChange: setDraft };
  return (
    <form ref={form} className="form route-form" onSubmit={save} noValidate>
      <PageHeader title={title} />
      {isDirty && <UnsavedChanges />}
      <IdentityFields {...part} isExisting={isExisting} />
      <TargetList {...part} providers={providers} onListChange={changeList} />
      <SettingFields {...part} />
      {problems.rest !== undefined && (
        <p className="problem" role="alert">
          {problems.rest}
        </p>
      )}
      {problems.fields.size > 0 && <p className="problem">The route is not saved: see the fields above.</p>}
      <div className="actions">
        <Button type="submit" variant="primary" isBusy={fetching}>
          Save route
        </Button>
        <Link href={routePath} className="button plain normal">
          Go back
        </Link>
      </div>
    </form>
  );
}

/** Moves the focus to the first field that is wrong. */
function useFocusOnProblem({ fields }: FieldProblems) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (fields.size > 0) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [fields]);
  return form;
}

interface PartProps {
  readonly draft: RouteDraft;
  /** By the path of a field. */
  readonly problem: (path: string) => string | undefined;
  readonly onChange: (draft: RouteDraft) => void;
}

function IdentityFields({ draft, problem, onChange, isExisting }: PartProps & { readonly isExisting: boolean }) {
  return (
    <div className="form-row">
      <TextField
        label="Name"
        hint="Clients send it as model: a–z, 0–9, “.”, “_” and “-”"
        required
        autoComplete="off"
        spellCheck={false}
        readOnly={isExisting}
        value={draft.name}
        problem={problem('name')}
        onChange={(name) => onChange({ ...draft, name })}
      />
      <SelectField
        label="Owner"
        hint="An own route goes before a global one of the same name"
        disabled={isExisting}
        value={draft.owner}
        onChange={(owner) => onChange({ ...draft, owner: owner === 'global' ? 'global' : 'tenant' })}
      >
        <option value="tenant">This tenant</option>
        <option value="global">Global, for all tenants</option>
      </SelectField>
    </div>
  );
}

function SettingFields({ draft, problem, onChange }: PartProps) {
  return (
    <section className="stack">
      <h2>Settings</h2>
      <div className="form-row">
        <TextField
          label="Attempts"
          hint="At most, over all targets"
          inputMode="numeric"
          value={draft.attempts}
          problem={problem('retry.attempts')}
          onChange={(attempts) => onChange({ ...draft, attempts })}
        />
        <TextField
          label="Deadline (ms)"
          hint="Until the first content"
          inputMode="numeric"
          value={draft.deadlineMs}
          problem={problem('retry.deadlineMs')}
          onChange={(deadlineMs) => onChange({ ...draft, deadlineMs })}
        />
        <TextField
          label="Reply cache (s)"
          hint="0: off"
          inputMode="numeric"
          value={draft.cacheTtlSeconds}
          problem={problem('cache.ttlSeconds')}
          onChange={(cacheTtlSeconds) => onChange({ ...draft, cacheTtlSeconds })}
        />
        <SelectField
          label="Sticky"
          hint="What stays on one target"
          value={draft.sticky}
          problem={problem('sticky')}
          onChange={(sticky) => onChange({ ...draft, sticky: sticky as Sticky })}
        >
          <option value="none">Nothing</option>
          <option value="session">A session</option>
          <option value="endUser">An end user</option>
        </SelectField>
        <SelectField
          label="Prompt cache"
          hint="Marks what Claude can cache"
          value={draft.promptCache}
          problem={problem('promptCache')}
          onChange={(promptCache) => onChange({ ...draft, promptCache: promptCache as PromptCache })}
        >
          <option value="off">Off</option>
          <option value="auto">Automatic</option>
        </SelectField>
      </div>
    </section>
  );
}
