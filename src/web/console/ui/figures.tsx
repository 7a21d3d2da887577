interface Figure {
  readonly label: string;
  readonly value: string;
  /** What the value leaves out. */
  readonly note?: string | undefined;
}

/** A row of important numbers. */
export function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <dl className="figures">
      {figures.map(({ label, value, note }) => (
        <div key={label} className="figure panel">
          <dt>{label}</dt>
          <dd>{value}</dd>
          {note !== undefined && <dd className="note muted">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
