import type { ReactNode } from 'react';

interface PageHeaderProps {
  readonly title: string;
  /** Actions and choices for the whole page. */
  readonly children?: ReactNode;
}

export function PageHeader({ title, children }: PageHeaderProps) {
  return (
    <div className="page-header">
      <h1>{title}</h1>
      {children !== undefined && <div className="actions">{children}</div>}
    </div>
  );
}
