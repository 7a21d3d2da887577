import type { ReactNode } from 'react';

interface Property {
  readonly label: string;
  readonly value: ReactNode;
}

/** Names and values, one below the other. */
export function PropertyList({ properties }: { readonly properties: readonly Property[] }) {
  return (
    <dl className="properties panel">
      {properties.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
