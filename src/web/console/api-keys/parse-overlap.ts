const maxHours = 720;

/**
 * Parses the hours for which a key works beside the one that replaces it. The key that the console uses needs at least one: else the
 * console would sign out before the text of the new key is copied.
 */
export function parseOverlap(
  text: string,
  isOwnKey: boolean,
): { readonly seconds: number; readonly problem: string | undefined } {
  const minHours = isOwnKey ? 1 : 0;
  const hours = /^\d{1,3}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (hours >= minHours && hours <= maxHours) return { seconds: hours * 3_600, problem: undefined };
  return { seconds: 0, problem: `Write whole hours from ${minHours} to ${maxHours}.` };
}
