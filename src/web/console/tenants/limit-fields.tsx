import { TextField } from '../ui/field.tsx';
import type { FormProblems } from './form-problems.ts';
import { isBudget, type LimitDraft, type LimitName, limitNames } from './limit-draft.ts';

interface LimitFieldsProps {
  /** The field that has the limits. */
  readonly path: 'limits' | 'endUserLimits';
  readonly draft: LimitDraft;
  readonly problems: FormProblems;
  readonly onChange: (draft: LimitDraft) => void;
}

const ownLabels: Readonly<Record<LimitName, string>> = {
  requestsPerMinute: 'Requests a minute',
  tokensPerMinute: 'Tokens a minute',
  concurrency: 'Requests at once',
  dailyBudget: 'Budget a day, dollars',
  monthlyBudget: 'Budget a month, dollars',
};

const endUserLabels: Readonly<Record<LimitName, string>> = {
  requestsPerMinute: 'Requests a minute of each end user',
  tokensPerMinute: 'Tokens a minute of each end user',
  concurrency: 'Requests at once of each end user',
  dailyBudget: 'Budget a day of each end user, dollars',
  monthlyBudget: 'Budget a month of each end user, dollars',
};

/** The fields of limits: an empty one does not limit. */
export function LimitFields({ path, draft, problems, onChange }: LimitFieldsProps) {
  const labels = path === 'limits' ? ownLabels : endUserLabels;
  return (
    <div className="form-row">
      {limitNames.map((name) => (
        <TextField
          key={name}
          label={labels[name]}
          problem={problems[`${path}.${name}`]}
          inputMode={isBudget(name) ? 'decimal' : 'numeric'}
          autoComplete="off"
          placeholder="no limit"
          value={draft[name]}
          onChange={(text) => onChange({ ...draft, [name]: text })}
        />
      ))}
    </div>
  );
}
