/** What may be a mistake in the settings of a key. They count all the same. */
export function KeyWarnings({ warnings }: { readonly warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <div className="panel warnings" role="status">
      <p>The key works with these settings, but they may be a mistake:</p>
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </div>
  );
}
