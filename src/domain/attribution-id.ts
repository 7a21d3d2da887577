/** Ids of end users and sessions have up to this many characters. */
export const maxAttributionIdLength = 128;

/** The names of the sums of what has no label, of labels beyond the bounds and of end users that were forgotten. No end user is named so. */
const reservedIds: ReadonlySet<string> = new Set(['(none)', '(other)', '(erased)']);

export function isReservedId(text: string): boolean {
  return reservedIds.has(text);
}

/** Returns whether a text is an id as it is stored: 1 to 128 printable characters. */
export function isAttributionId(text: string): boolean {
  return text !== '' && text.length <= maxAttributionIdLength && isPrintable(text);
}

function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text) || (text.isWellFormed() && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text));
}
