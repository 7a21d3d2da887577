/** JSON.parse source text access (ES2026), which the library of ES2024 lacks. */
interface JSON {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  /** Returns a value that `stringify` writes as this text: JSON of a string, a number, a boolean or null. */
  rawJSON(text: string): object;
}
