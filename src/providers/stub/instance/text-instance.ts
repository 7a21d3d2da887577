import { patternText } from './pattern-text.ts';
import { getNumber, type Schema } from './schema.ts';

const maxTextLength = 10_000;

/** A text of each format that JSON Schema names. */
const formats: ReadonlyMap<unknown, string> = new Map([
  ['date-time', '2026-01-01T00:00:00Z'],
  ['date', '2026-01-01'],
  ['time', '00:00:00Z'],
  ['duration', 'P1D'],
  ['email', 'stub@example.com'],
  ['idn-email', 'stub@example.com'],
  ['hostname', 'example.com'],
  ['idn-hostname', 'example.com'],
  ['ipv4', '192.0.2.1'],
  ['ipv6', '2001:db8::1'],
  ['uri', 'https://example.com/'],
  ['url', 'https://example.com/'],
  ['uri-reference', 'https://example.com/'],
  ['iri', 'https://example.com/'],
  ['iri-reference', 'https://example.com/'],
  ['uri-template', 'https://example.com/'],
  ['uuid', '00000000-0000-4000-8000-000000000000'],
  ['json-pointer', ''],
  ['relative-json-pointer', '0'],
  ['regex', 'stub'],
]);

/**
 * A text that a schema allows: by its pattern, else by its format, else `stub`. `variant` gives another one for each value
 * where that is easy. Undefined where there is none, or none is found.
 */
export function textInstance(schema: Schema, variant: number): string | undefined {
  const minLength = Math.max(0, getNumber(schema, 'minLength') ?? 0);
  const maxLength = getNumber(schema, 'maxLength') ?? Infinity;
  if (minLength > maxLength || minLength > maxTextLength) return undefined;
  const text = writeText(schema, { minLength, maxLength, variant });
  if (text === undefined) return undefined;
  const length = [...text].length;
  return length >= minLength && length <= maxLength ? text : undefined;
}

interface Wanted {
  readonly minLength: number;
  readonly maxLength: number;
  readonly variant: number;
}

function writeText({ pattern, format }: Schema, { minLength, maxLength, variant }: Wanted): string | undefined {
  if (typeof pattern === 'string') return patternText(pattern, minLength, variant);
  const formatted = formats.get(format);
  if (formatted === undefined)
    return (variant === 0 ? 'stub' : `${variant}stub`).slice(0, maxLength).padEnd(minLength, 'x');
  const path = variant === 0 ? formatted : `${formatted}${variant}`;
  if (formatted.startsWith('https:')) return path.padEnd(minLength, 'x');
  if (formatted.includes('@')) return `${variant === 0 ? '' : variant}${formatted}`.padStart(minLength, 'x');
  return formatted;
}
