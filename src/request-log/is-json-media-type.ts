/** Returns whether a content type is JSON. A request without one is read as JSON. */
export function isJsonMediaType(type: string | null | undefined): boolean {
  return type == null || /^\s*(?:application|text)\/(?:[\w.-]+\+)?json\b/i.test(type);
}
