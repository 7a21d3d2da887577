/** The beginnings of fields of JSON that hold a secret, also where the JSON is quoted inside a text. */
const fieldStarts =
  /(?:authorization|(?:x-)?(?:goog-)?api[-_]?key|(?:access|refresh|auth|session|bearer)[-_]?token|(?:client|webhook|signing)[-_]?secret|secret|password|passwd|private[-_]?key|(?:set-)?cookie)\\*["']\s*:\s*(?:\[\s*)?(\\*)(["'])/gi;

/** How the string of a field is quoted: JSON inside a text has backslashes before its quotes. */
interface Quoting {
  readonly backslashes: number;
  readonly quote: string;
}

/** Masks the values of fields that hold a secret. */
export function maskSecretFields(text: string, mask: string): string {
  let masked = '';
  let from = 0;
  for (const match of text.matchAll(fieldStarts)) {
    const [name, backslashes = '', quote = '"'] = match;
    const start = match.index + name.length;
    // A part of a value that is masked already.
    if (start < from) continue;
    const end = findStringEnd(text, start, { backslashes: backslashes.length, quote });
    if (end === start) continue;
    masked += text.slice(from, start) + mask;
    from = end;
  }
  return masked + text.slice(from);
}

/** Returns where a string ends: at its quote, at that of a string around it, or at the end of the text. */
function findStringEnd(text: string, start: number, { backslashes, quote }: Quoting): number {
  const quotes = /(?<!\\)(\\*)(["'])/g;
  quotes.lastIndex = start;
  for (let match = quotes.exec(text); match; match = quotes.exec(text)) {
    const [, before = '', found] = match;
    const extra = before.length - backslashes;
    // A pair of backslashes is one of the value, and what is left escapes the quote. A string around it may have other quotes.
    const isEscaped = extra > 0 && (extra / (backslashes + 1)) % 2 === 1;
    const endsString = found === quote ? !isEscaped : found === '"' && extra <= 0;
    if (endsString) return match.index + Math.max(0, extra);
  }
  return text.length;
}
