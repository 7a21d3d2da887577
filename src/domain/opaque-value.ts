/** The beginning of each opaque value of the gateway's. */
const prefix = 'aia1.';

/** A longer value is not made, and not read. */
export const maxOpaqueValueLength = 256 * 1024;

/** Returns whether a value of a client's request is one of the gateway's opaque values. */
export function isOpaqueValue(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(prefix);
}

/** Returns whether a JSON text may contain an opaque value. */
export function mayContainOpaqueValue(json: string): boolean {
  return json.includes(`"${prefix}`);
}

/** Returns the opaque value that contains this text in base64url. */
export function formatOpaqueValue(base64Url: string): string {
  return `${prefix}${base64Url}`;
}

/** Returns the base64url text that an opaque value contains. */
export function parseOpaqueValue(value: string): string {
  return value.slice(prefix.length);
}
