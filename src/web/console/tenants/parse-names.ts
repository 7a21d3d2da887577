/** Parses a list of names that commas or lines separate. A name that is repeated counts once. */
export function parseNames(text: string): readonly string[] {
  const names = text.split(/[\n,]/).map((name) => name.trim());
  return [...new Set(names)].filter((name) => name !== '');
}

/** Formats names one below the other, as a visitor would type them. */
export function formatNames(names: readonly string[] | null): string {
  return (names ?? []).join('\n');
}
