/** Replaces what a text of Postgres cannot have: NUL and lone surrogates. */
export function toStorableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
