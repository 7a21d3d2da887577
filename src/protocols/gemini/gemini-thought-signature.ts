import { formatOpaqueValue, isOpaqueValue, parseOpaqueValue } from '../../domain/opaque-value.ts';

/**
 * Stands at the beginning of each signature of the gateway's own: base64 of six bytes, so that the base64 of the value can follow
 * without being shifted.
 */
const marker = btoa('aia1..');

/**
 * Encodes an opaque value as a `thoughtSignature`. That field is base64: clients in Go, Java and Python decode it, and send it
 * back in base64 or base64url.
 */
export function encodeGeminiThoughtSignature(opaque: string): string {
  const base64 = parseOpaqueValue(opaque).replaceAll('-', '+').replaceAll('_', '/');
  return marker + base64 + '='.repeat(-base64.length & 3);
}

/** Returns the opaque value of a `thoughtSignature`; undefined for a signature of a vendor's, and for one that a client made up. */
export function parseGeminiThoughtSignature(signature: unknown): string | undefined {
  if (typeof signature !== 'string') return undefined;
  const text: string = signature;
  if (text.startsWith(marker)) {
    const [base64 = ''] = text.slice(marker.length).split('=', 1);
    return formatOpaqueValue(base64.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return isOpaqueValue(text) ? text : undefined;
}
