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
  return new NameNormalizer().normalizeObject(body, policy);
}

class NameNormalizer {
  /** The path of the value that is normalized. One list, since a body may have 200,000 values. */
  readonly #path: (string | number)[] = [];

  normalizeObject(value: Fields, policy: ObjectPolicy): Fields {
    const names = getSnakeCaseNames(policy);
    const entries: [name: string, member: unknown][] = [];
    let isChanged = false;
    for (const [sent, member] of Object.entries(value)) {
      const name = names.get(sent) ?? sent;
      if (name !== sent && Object.hasOwn(value, name)) {
        throw invalidFieldError([...this.#path, sent], `is sent as ${name} too: send one of them`);
      }
      const field = Object.hasOwn(policy.fields, name) ? policy.fields[name] : undefined;
      const normalized = this.#normalizeAt(name, member, field);
      entries.push([name, normalized]);
      isChanged ||= name !== sent || normalized !== member;
    }
    return isChanged ? Object.fromEntries(entries) : value;
  }

  #normalizeAt(key: string | number, value: unknown, policy: FieldPolicy | undefined): unknown {
    if (typeof policy !== 'object' || typeof value !== 'object' || value === null) return value;
    this.#path.push(key);
    const normalized = this.#normalize(value, policy);
    this.#path.pop();
    return normalized;
  }

  #normalize(value: object, policy: Exclude<FieldPolicy, string>): unknown {
    if ('each' in policy) {
      return Array.isArray(value)
        ? this.#normalizeList(value, policy.each)
        : [this.#normalizeAt(0, value, policy.each)];
    }
    return 'fields' in policy && !Array.isArray(value) ? this.normalizeObject(value as Fields, policy) : value;
  }

  #normalizeList(list: readonly unknown[], each: FieldPolicy): readonly unknown[] {
    let changed: unknown[] | undefined;
    for (let index = 0; index < list.length; index += 1) {
      const entry = list[index];
      const normalized = this.#normalizeAt(index, entry, each);
      if (normalized !== entry) changed ??= list.slice(0, index);
      changed?.push(normalized);
    }
    return changed ?? list;
  }
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
