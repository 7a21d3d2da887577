import * as z from 'zod';
import { isDeeperThan, maxJsonDepth } from '../../lib/is-deeper-than.ts';

/** A field that is taken and changes nothing: where Claude should cache, which no other provider is told. */
export const ignoredCacheControl = z.unknown().optional();

/** A field that may be there as long as it asks for nothing. */
export function mustBeEmpty(error: string) {
  return z.custom<null | undefined | never[]>((value) => value == null || isEmptyList(value), error).optional();
}

/** Something that only Anthropic's own API does. */
export function anthropicOnly() {
  return mustBeEmpty('is something only Claude offers: leave it out, or use a Claude model');
}

/** A JSON object as it came, neither copied nor looked into. */
export function jsonObject(error: string) {
  return z.custom<Readonly<Record<string, unknown>>>(
    (value) => isObject(value) && !isDeeperThan(value, maxJsonDepth),
    `${error}, nested at most ${maxJsonDepth} deep`,
  );
}

/** The `type` that a value has, quoted, for a message that says why it is refused. */
export function quoteType(value: unknown): string {
  const type = isObject(value) ? value.type : undefined;
  return typeof type === 'string' ? JSON.stringify(type.slice(0, 64)) : 'none';
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
