import type { ReactNode } from 'react';

interface EmptyStateProps {
  readonly title: string;
  /** What the visitor can do. */
  readonly children?: ReactNode;
}

/** Shown in the place of a list that has no entries. */
export function EmptyState({ title, children }: EmptyStateProps) {
  return (
    <div className="panel empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
