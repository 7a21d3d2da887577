import { useId } from 'react';
import { CheckField } from '../ui/field.tsx';
import { allScopes, scopeHints } from './key-draft.ts';

interface ScopeFieldsProps {
  readonly scopes: readonly string[];
  readonly problem: string | undefined;
  readonly onChange: (scopes: readonly string[]) => void;
}

/** The scopes of a key, each with what it allows. */
export function ScopeFields({ scopes, problem, onChange }: ScopeFieldsProps) {
  const problemId = useId();
  return (
    <fieldset aria-describedby={problem === undefined ? undefined : problemId}>
      <legend>Scopes</legend>
      {allScopes.map((scope) => (
        <CheckField
          key={scope}
          label={`${scope}: ${scopeHints[scope]}`}
          isChecked={scopes.includes(scope)}
          onChange={(isChecked) => onChange(isChecked ? [...scopes, scope] : scopes.filter((name) => name !== scope))}
        />
      ))}
      {problem !== undefined && (
        <span id={problemId} className="hint problem" role="alert">
          {problem}
        </span>
      )}
    </fieldset>
  );
}
