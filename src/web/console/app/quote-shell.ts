/** Quotes a text as one argument of a POSIX shell. */
export function quoteShell(text: string): string {
  return /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
