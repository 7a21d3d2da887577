/** Returns whether an API key may use a name. `allowed` null: any. */
export function isAllowed(name: string, allowed: readonly string[] | null): boolean {
  return allowed === null || allowed.includes(name);
}

/** Returns the end of the message for a name that the key may not use. */
export function notAllowedMessage(allowed: readonly string[] | null): string {
  return `is not allowed to this API key: it may use ${allowed?.slice(0, 20).join(', ') || 'none'}`;
}
