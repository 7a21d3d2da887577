import type { FieldPath } from '../domain/error-issue.ts';
import type { TranslationReport } from '../domain/translation-report.ts';
import type { TranslationTarget } from '../providers/provider.ts';

/**
 * What the translation of a request does with a field of the client's protocol. `mapped`: the request schema reads it, and rejects
 * what cannot be expressed. `dropped`: it is left out and reported. A function decides by the target. The other forms describe what
 * the value contains; a value of another type is left to the request schema.
 */
export type FieldPolicy =
  | 'mapped'
  | 'dropped'
  | ((target: TranslationTarget) => 'mapped' | 'dropped')
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
interface VariantsPolicy {
  /** The field that names the variant. */
  readonly by: string;
  readonly variants: Readonly<Record<string, FieldPolicy>>;
  /** Where it names another variant. */
  readonly others: 'mapped' | 'dropped';
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
  return new FieldFilter(target, report).filterObject(body, policy, []);
}

class FieldFilter {
  readonly #target: TranslationTarget;
  readonly #report: TranslationReport;

  constructor(target: TranslationTarget, report: TranslationReport) {
    this.#target = target;
    this.#report = report;
  }

  filterObject(
    value: Readonly<Record<string, unknown>>,
    { fields }: ObjectPolicy,
    path: FieldPath,
  ): Readonly<Record<string, unknown>> {
    const kept: [name: string, value: unknown][] = [];
    let isChanged = false;
    for (const [name, member] of Object.entries(value)) {
      const policy = Object.hasOwn(fields, name) ? (fields[name] ?? 'dropped') : 'dropped';
      const filtered = member === null ? undefined : this.#filter(member, policy, [...path, name]);
      if (filtered !== undefined) kept.push([name, filtered]);
      isChanged ||= filtered !== member;
    }
    return isChanged ? Object.fromEntries(kept) : value;
  }

  /** Returns undefined for a value that is dropped. */
  #filter(value: unknown, policy: FieldPolicy, path: FieldPath): unknown {
    if (typeof policy === 'function') return this.#filter(value, policy(this.#target), path);
    if (policy === 'mapped') return value;
    if (policy === 'dropped') {
      this.#report.drop(path);
      return undefined;
    }
    if ('each' in policy) return Array.isArray(value) ? this.#filterList(value, policy, path) : value;
    if (!isObject(value)) return value;
    if ('fields' in policy) return this.filterObject(value, policy, path);
    return this.#filter(value, selectVariant(value[policy.by], policy), path);
  }

  #filterList(list: readonly unknown[], { each }: ListPolicy, path: FieldPath): readonly unknown[] {
    const kept: unknown[] = [];
    let isChanged = false;
    for (const [index, entry] of list.entries()) {
      const filtered = this.#filter(entry, each, [...path, index]);
      if (filtered !== undefined) kept.push(filtered);
      isChanged ||= filtered !== entry;
    }
    return isChanged ? kept : list;
  }
}

function selectVariant(name: unknown, { variants, others, absent }: VariantsPolicy): FieldPolicy {
  if (typeof name !== 'string') return absent;
  return (Object.hasOwn(variants, name) ? variants[name] : undefined) ?? others;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
