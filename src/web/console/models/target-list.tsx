import { useEffect, useRef } from 'react';
import { Button } from '../ui/button.tsx';
import { addTarget, moveTarget, type RouteDraft } from './route-draft.ts';
import { type Providers, TargetFields } from './target-fields.tsx';

interface TargetListProps {
  readonly draft: RouteDraft;
  /** By the path of a field. */
  readonly problem: (path: string) => string | undefined;
  readonly onChange: (draft: RouteDraft) => void;
  /** Called where targets have changed their places. */
  readonly onListChange: (draft: RouteDraft) => void;
  readonly providers: Providers;
}

/** The targets of a route, which can be added, moved and removed. The focus goes with them. */
export function TargetList({ draft, problem, onChange, onListChange, providers }: TargetListProps) {
  const { targets } = draft;
  const section = useRef<HTMLElement>(null);
  const focusIndex = useRef<number>(undefined);
  useEffect(() => {
    const index = focusIndex.current;
    if (index === undefined) return;
    focusIndex.current = undefined;
    section.current?.querySelectorAll('fieldset')[index]?.focus();
  });
  const changeList = (changed: RouteDraft, index: number) => {
    focusIndex.current = index;
    onListChange(changed);
  };
  const provider = providers.find(({ enabled }) => enabled)?.id ?? '';
  return (
    <section ref={section} className="stack">
      <h2>Targets</h2>
      <p className="muted">
        Those of tier 1 are tried first, the others where they fail. Targets of a tier share the requests by their
        weights.
      </p>
      {problem('targets') !== undefined && (
        <p className="problem" role="alert">
          {problem('targets')}
        </p>
      )}
      {targets.map((target, index) => (
        <TargetFields
          key={target.key}
          target={target}
          index={index}
          isLast={index === targets.length - 1}
          isOnly={targets.length === 1}
          providers={providers}
          problem={(field) => problem(`targets[${index}].${field}`)}
          onChange={(changed) => onChange({ ...draft, targets: targets.with(index, changed) })}
          onMove={(step) => changeList(moveTarget(draft, index, step), index + step)}
          onRemove={() => changeList({ ...draft, targets: targets.toSpliced(index, 1) }, Math.max(0, index - 1))}
        />
      ))}
      <div>
        <Button onClick={() => changeList(addTarget(draft, provider), targets.length)}>Add target</Button>
      </div>
    </section>
  );
}
