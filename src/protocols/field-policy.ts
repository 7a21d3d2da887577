import type { TranslationReport } from '../domain/translation-report.ts';
import type { TranslationTarget } from '../providers/provider.ts';

/**
 * What the translation of a request does with a field of the client's protocol.
 *
 * - `mapped`: it has a counterpart.
 * - `emulated`: it is expressed by other means, and reported as adjusted where that is so.
 * - `clamped`: its value is reduced to what the model takes, and reported as adjusted where it changes.
 * - `essential`: the reply would lack what it asks for. A value that asks for something is rejected.
 * - `dropped`: it is left out and reported.
 */
export type FieldClass = 'mapped' | 'emulated' | 'clamped' | 'essential' | 'dropped';

/**
 * The class of a field. A function decides by the target, and by the value where that is given, between classes and the other forms.
 * Those describe what the value contains; a value of another type is left to the request schema.
 */
export type FieldPolicy =
  | FieldClass
  | ((target: TranslationTarget, value?: unknown) => FieldPolicy)
  | ObjectPolicy
  | ListPolicy
  | VariantsPolicy;

/** An object. Fields that it does not name are dropped; fields that are null are as good as absent. */
export interface ObjectPolicy {
  readonly fields: Readonly<Record<string, FieldPolicy>>;
}

interface ListPolicy {
  readonly each: FieldPolicy;
}

/** An object whose fields depend on one of them. */
export interface VariantsPolicy {
  /** The field that names the variant. */
  readonly by: string;
  readonly variants: Readonly<Record<string, FieldPolicy>>;
  /** Where it names another variant. */
  readonly others: FieldClass;
  /** Where it is absent or no string. */
  readonly absent: FieldPolicy;
}

/**
 * Returns a request without what its target has no counterpart for, and reports the paths. Values that lose nothing are the same
 * objects.
 */
export function dropFields(
  body: Readonly<Record<string, unknown>>,
  policy: ObjectPolicy,
  target: TranslationTarget,
  report: TranslationReport,
): Readonly<Record<string, unknown>> {
  return new FieldFilter(target, report).filterObject(body, policy);
}

class FieldFilter {
  readonly #target: TranslationTarget;
  readonly #report: TranslationReport;
  /** The path of the value that is filtered. One list, since a body may have 200,000 values. */
  readonly #path: (string | number)[] = [];

  constructor(target: TranslationTarget, report: TranslationReport) {
    this.#target = target;
    this.#report = report;
  }

  filterObject(value: Readonly<Record<string, unknown>>, { fields }: ObjectPolicy): Readonly<Record<string, unknown>> {
    const kept: [name: string, value: unknown][] = [];
    let isChanged = false;
    for (const [name, member] of Object.entries(value)) {
      const policy = Object.hasOwn(fields, name) ? (fields[name] ?? 'dropped') : 'dropped';
      const filtered = member === null ? undefined : this.#filterAt(name, member, policy);
      if (filtered !== undefined) kept.push([name, filtered]);
      isChanged ||= filtered !== member;
    }
    return isChanged ? Object.fromEntries(kept) : value;
  }

  #filterAt(key: string | number, value: unknown, policy: FieldPolicy): unknown {
    this.#path.push(key);
    const filtered = this.#filter(value, policy);
    this.#path.pop();
    return filtered;
  }

  /** Returns undefined for a value that is dropped. */
  #filter(value: unknown, policy: FieldPolicy): unknown {
    if (typeof policy === 'function') return this.#filter(value, policy(this.#target, value));
    if (policy === 'dropped') {
      this.#report.drop([...this.#path]);
      return undefined;
    }
    if (typeof policy === 'string') return value;
    if ('each' in policy) return Array.isArray(value) ? this.#filterList(value, policy) : value;
    if (!isObject(value)) return value;
    if ('fields' in policy) return this.filterObject(value, policy);
    return this.#filter(value, selectVariant(value[policy.by], policy));
  }

  #filterList(list: readonly unknown[], { each }: ListPolicy): readonly unknown[] {
    const keepsScalars = typeof each === 'object';
    let kept: unknown[] | undefined;
    for (let index = 0; index < list.length; index += 1) {
      const entry = list[index];
      const filtered = keepsScalars && typeof entry !== 'object' ? entry : this.#filterAt(index, entry, each);
      if (filtered === entry) {
        kept?.push(entry);
        continue;
      }
      kept ??= list.slice(0, index);
      if (filtered !== undefined) kept.push(filtered);
    }
    return kept ?? list;
  }
}

function selectVariant(name: unknown, { variants, others, absent }: VariantsPolicy): FieldPolicy {
  if (typeof name !== 'string') return absent;
  return (Object.hasOwn(variants, name) ? variants[name] : undefined) ?? others;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
