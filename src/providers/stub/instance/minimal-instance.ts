import { mergeSchemas } from './merge-schemas.ts';
import { numberInstance } from './number-instance.ts';
import { getList, getNumber, isSchema, resolveReference, type Schema, schemasIn } from './schema.ts';
import { jsonLength, StepCounter, TooManySteps } from './step-counter.ts';
import { textInstance } from './text-instance.ts';
import { listedValues, typesOf } from './value-types.ts';

/** Characters of a schema's JSON. */
const maxSchemaLength = 200_000;
const maxDepth = 48;
const maxListLength = 1000;
/** References and combinations that lead to each other without a value between. */
const maxCauses = 100;
/** Values that are tried for one that no other item has. */
const spareVariants = 16;

/**
 * A small value that is valid by a JSON Schema: what is required and no more, nested as little as can be, the first of
 * what may be chosen. The same schema always gives the same value. Undefined where there is no such value, or none is
 * found: `not`, `if`, `$dynamicRef` and references to other documents are not looked at, and not every pattern is
 * understood. `also` is another schema that the value has to fit.
 */
export function minimalInstance(root: unknown = true, also: Schema = {}): unknown {
  if (jsonLength(root) > maxSchemaLength) return undefined;
  const maker = new InstanceMaker(root);
  try {
    for (let depth = 1; depth <= maxDepth; depth++) {
      const value = maker.make({ allOf: [also, root] }, depth, 0);
      if (value !== undefined) return value;
    }
  } catch (error) {
    if (!(error instanceof TooManySteps)) throw error;
  }
  return undefined;
}

class InstanceMaker {
  readonly #root: unknown;
  readonly #steps = new StepCounter();

  constructor(root: unknown) {
    this.#root = root;
  }

  /** A value with at most `depth` levels; undefined where there is none. */
  make(schema: unknown, depth: number, variant: number): unknown {
    if (depth === 0) return undefined;
    for (const flat of this.#flatten({}, [schema], 0)) {
      const value = this.#fill(flat, depth, variant);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** The schemas without references and combinations of which a value has to fit one, in the order of choice. */
  *#flatten(known: Schema, pending: readonly unknown[], chain: number): Generator<Schema> {
    this.#steps.takeStep();
    const [next, ...rest] = pending;
    if (pending.length === 0) yield known;
    if (next === true) yield* this.#flatten(known, rest, chain);
    if (!isSchema(next) || chain > maxCauses) return;
    this.#steps.lookAt(next);
    const { $ref, allOf, anyOf, oneOf, ...plain } = next;
    const merged = mergeSchemas(known, plain);
    if (merged === undefined) return;
    this.#steps.goThrough(schemasIn(merged, 'properties').size + (getList(merged, 'enum')?.length ?? 0));
    const all = Array.isArray(allOf) ? allOf : [];
    const referred = $ref === undefined ? [] : [resolveReference(this.#root, $ref) ?? false];
    const choices = [anyOf, oneOf].filter((choice) => Array.isArray(choice));
    for (const target of combinations(choices)) {
      yield* this.#flatten(merged, [...referred, ...all, ...target, ...rest], chain + 1);
    }
  }

  #fill(schema: Schema, depth: number, variant: number): unknown {
    const values = listedValues(schema);
    if (values) {
      this.#steps.goThrough(values.length);
      return values[variant % values.length];
    }
    for (const type of typesOf(schema)) {
      const value = this.#fillType(type, schema, depth, variant);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #fillType(type: unknown, schema: Schema, depth: number, variant: number): unknown {
    switch (type) {
      case 'object':
        return this.#fillObject(schema, depth, variant);
      case 'array':
        return this.#fillArray(schema, depth, variant);
      case 'string':
        return this.#fillText(schema, variant);
      case 'number':
      case 'integer':
        return numberInstance(schema, type === 'integer', variant);
      case 'boolean':
        return variant % 2 === 1;
      case 'null':
        return null;
      default:
        return undefined;
    }
  }

  #fillObject(schema: Schema, depth: number, variant: number): unknown {
    const declared = schemasIn(schema, 'properties');
    const names = requiredNames(schema, declared);
    if (names === undefined) return undefined;
    const [byPattern] = schemasIn(schema, 'patternProperties').values();
    const entries: [string, unknown][] = [];
    for (const name of names) {
      const property = declared.get(name) ?? byPattern ?? schema.additionalProperties ?? true;
      const value = this.make(property, depth - 1, variant);
      if (value === undefined) return undefined;
      entries.push([name, value]);
    }
    return Object.fromEntries(entries);
  }

  #fillArray(schema: Schema, depth: number, variant: number): unknown {
    const { contains, items: itemsOrPrefix, additionalItems, uniqueItems } = schema;
    const prefix = getList(schema, 'prefixItems') ?? getList(schema, 'items') ?? [];
    const items = (Array.isArray(itemsOrPrefix) ? additionalItems : itemsOrPrefix) ?? true;
    const containing = contains === undefined ? 0 : (getNumber(schema, 'minContains') ?? 1);
    const asCount = Math.max(getNumber(schema, 'minItems') ?? 0, containing);
    if (asCount > maxListLength || asCount > (getNumber(schema, 'maxItems') ?? asCount)) return undefined;
    const list: unknown[] = [];
    const taken = new Set<string>();
    while (list.length < asCount) {
      const place = list.length < prefix.length ? prefix[list.length] : items;
      const item = list.length < containing ? { allOf: [place, contains] } : place;
      const value =
        uniqueItems === true ? this.#makeUnlike(taken, item, depth - 1) : this.make(item, depth - 1, variant);
      if (value === undefined) return undefined;
      list.push(value);
    }
    return list;
  }

  /** A value whose JSON is not taken, and takes it. */
  #makeUnlike(taken: Set<string>, schema: unknown, depth: number): unknown {
    if (depth === 0) return undefined;
    for (let variant = 0; variant < taken.size + spareVariants; variant++) {
      for (const flat of this.#flatten({}, [schema], 0)) {
        const value = this.#fill(flat, depth, variant);
        const json = JSON.stringify(value);
        if (value === undefined || taken.has(json)) continue;
        taken.add(json);
        return value;
      }
    }
    return undefined;
  }

  #fillText(schema: Schema, variant: number): string | undefined {
    const text = textInstance(schema, variant);
    this.#steps.write(`${schema.pattern ?? ''}${text ?? ''}`);
    return text;
  }
}

/** One of each list, in every way, the first of each first. */
function* combinations(lists: readonly (readonly unknown[])[]): Generator<readonly unknown[]> {
  const [first, ...rest] = lists;
  if (first === undefined) yield [];
  else for (const target of first) for (const others of combinations(rest)) yield [target, ...others];
}

/** The names that an object needs, in the order in which they are declared. Undefined where they are too many. */
function requiredNames(schema: Schema, declared: ReadonlyMap<string, unknown>): string[] | undefined {
  const names = new Set((getList(schema, 'required') ?? []).filter((name) => typeof name === 'string'));
  const dependent = schemasIn(schema, 'dependentRequired');
  for (const name of names) for (const more of [dependent.get(name) ?? []].flat()) names.add(String(more));
  const fewest = getNumber(schema, 'minProperties') ?? 0;
  if (fewest > maxListLength) return undefined;
  for (const name of declared.keys()) if (names.size < fewest) names.add(name);
  for (let number = 1; names.size < fewest; number++) names.add(`property${number}`);
  return [
    ...[...declared.keys()].filter((name) => names.has(name)),
    ...[...names].filter((name) => !declared.has(name)),
  ];
}
