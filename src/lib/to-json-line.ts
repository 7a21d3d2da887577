/**
 * Encodes JSON on one line for readers that know more line breaks than SSE does. Python's splitlines breaks at U+0085,
 * U+2028 and U+2029, and JSON leaves those and other control characters unescaped.
 */
export function toJsonLine(value: unknown): string {
  return escapeLineBreaks(JSON.stringify(value));
}

/** The same for a value that is JSON text already, without line breaks between its values. */
export function escapeLineBreaks(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
