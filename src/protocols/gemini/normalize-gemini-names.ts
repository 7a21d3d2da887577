import { invalidFieldError } from '../../domain/errors.ts';
import type { FieldPolicy, ObjectPolicy } from '../field-policy.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns a request whose fields have the names and forms that the policy knows: `max_output_tokens` is `maxOutputTokens`, and a
 * single entry stands for a list of one, as Google's API reads them. Only fields of the protocol are renamed: arguments and
 * schemas stay as they are. Values that change nothing are the same objects. Throws `invalid_request` for a field that is sent by
 * both names.
 */
export function normalizeGeminiNames(body: Fields, policy: ObjectPolicy): Fields {
  return normalizeObject(body, policy, []);
}

function normalize(value: unknown, policy: FieldPolicy | undefined, path: readonly (string | number)[]): unknown {
  if (typeof policy !== 'object' || typeof value !== 'object' || value === null) return value;
  if ('each' in policy) return normalizeList(Array.isArray(value) ? value : [value], policy.each, path, value);
  if ('fields' in policy && !Array.isArray(value)) return normalizeObject(value as Fields, policy, path);
  return value;
}

function normalizeList(
  list: readonly unknown[],
  each: FieldPolicy,
  path: readonly (string | number)[],
  original: unknown,
): unknown {
  let changed: unknown[] | undefined;
  for (const [index, entry] of list.entries()) {
    const normalized = normalize(entry, each, [...path, index]);
    if (normalized !== entry) changed ??= list.slice(0, index);
    changed?.push(normalized);
  }
  return changed ?? (list.length === 1 && !Array.isArray(original) ? list : original);
}

function normalizeObject(value: Fields, policy: ObjectPolicy, path: readonly (string | number)[]): Fields {
  const names = getSnakeCaseNames(policy);
  const entries: [name: string, member: unknown][] = [];
  let isChanged = false;
  for (const [sent, member] of Object.entries(value)) {
    const name = names.get(sent) ?? sent;
    if (name !== sent && Object.hasOwn(value, name)) {
      throw invalidFieldError([...path, sent], `is sent as ${name} too: send one of them`);
    }
    const field = Object.hasOwn(policy.fields, name) ? policy.fields[name] : undefined;
    const normalized = normalize(member, field, [...path, name]);
    entries.push([name, normalized]);
    isChanged ||= name !== sent || normalized !== member;
  }
  return isChanged ? Object.fromEntries(entries) : value;
}

const namesByPolicy = new WeakMap<ObjectPolicy, ReadonlyMap<string, string>>();

/** Returns the fields of a policy by their names in snake_case. */
function getSnakeCaseNames(policy: ObjectPolicy): ReadonlyMap<string, string> {
  const existing = namesByPolicy.get(policy);
  if (existing) return existing;
  const names = new Map(
    Object.keys(policy.fields).flatMap((name): [string, string][] => {
      const snakeCase = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return snakeCase === name ? [] : [[snakeCase, name]];
    }),
  );
  namesByPolicy.set(policy, names);
  return names;
}
