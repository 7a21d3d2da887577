/** Returns the number of tokens where the input is a list of token ids, or of such lists; undefined for any other input. */
export function countTokenIds(input: unknown): number | undefined {
  if (!Array.isArray(input)) return undefined;
  if (input.every(isNumber)) return input.length;
  let tokens = 0;
  for (const one of input) {
    if (!Array.isArray(one) || !one.every(isNumber)) return undefined;
    tokens += one.length;
  }
  return tokens;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}
