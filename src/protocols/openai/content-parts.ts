import type { FieldPath } from '../../domain/error-issue.ts';
import { parseList, quoteValue, throwInvalid } from './parse-openai-field.ts';

const maxParts = 10_000;

/** Reads the parts of a content that is no text. Throws `invalid_request`. */
export function readParts(content: unknown, path: FieldPath): unknown[] {
  if (!Array.isArray(content)) return throwInvalid(path, 'must be a string or a list of parts');
  return parseList(content, path, { max: maxParts });
}

/** Returns the type of a part, which may be missing or no text. */
export function readPartType(part: unknown): unknown {
  return typeof part === 'object' && part !== null && 'type' in part ? part.type : undefined;
}

/** Throws `invalid_request` for a part that cannot stand at its place, and names the types that can. */
export function rejectPart(part: unknown, path: FieldPath, types: readonly string[]): never {
  const type = readPartType(part);
  const fault = type === undefined ? 'is missing' : `${quoteValue(type)} cannot be sent here`;
  return throwInvalid([...path, 'type'], `${fault}: send ${types.join(' or ')}`);
}
