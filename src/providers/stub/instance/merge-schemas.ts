import { type Schema, schemasIn } from './schema.ts';

/**
 * One schema that is as strict as both: what fits it fits either. Undefined where nothing can, or where that cannot be
 * said in one schema (two patterns). `$ref`, `allOf`, `anyOf` and `oneOf` are to be taken out before.
 */
export function mergeSchemas(left: Schema, right: Schema): Schema | undefined {
  const merged = new Map(Object.entries(left));
  for (const [keyword, value] of Object.entries(right)) {
    const both = merged.has(keyword) ? mergeKeyword(keyword, merged.get(keyword), value) : value;
    if (both === undefined) return undefined;
    merged.set(keyword, both);
  }
  if (merged.has('properties')) merged.set('properties', mergeProperties(left, right));
  return Object.fromEntries(merged);
}

function mergeKeyword(keyword: string, left: unknown, right: unknown): unknown {
  switch (keyword) {
    case 'type':
      return sharedTypes([left].flat(), [right].flat());
    case 'enum':
      return sharedValues([left].flat(), [right].flat());
    case 'required':
      return [...new Set([left, right].flat())];
    case 'const':
    case 'pattern':
    case 'format':
      return JSON.stringify(left) === JSON.stringify(right) ? right : undefined;
    case 'minimum':
    case 'exclusiveMinimum':
    case 'minLength':
    case 'minItems':
    case 'minContains':
    case 'minProperties':
      return Math.max(Number(left), Number(right));
    case 'maximum':
    case 'exclusiveMaximum':
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return Math.min(Number(left), Number(right));
    case 'multipleOf':
      return commonMultiple(Number(left), Number(right));
    case 'uniqueItems':
      return left === true || right === true;
    case 'items':
    case 'contains':
    case 'additionalProperties':
      return { allOf: [left, right] };
    default:
      return right;
  }
}

/** An integer is a number too. */
function sharedTypes(left: readonly unknown[], right: readonly unknown[]): unknown[] | undefined {
  const [ofLeft, ofRight] = [new Set(left), new Set(right)];
  const allows = (types: ReadonlySet<unknown>, type: unknown) =>
    types.has(type) || (type === 'integer' && types.has('number'));
  const shared = [...left.filter((type) => allows(ofRight, type)), ...right.filter((type) => allows(ofLeft, type))];
  return shared.length > 0 ? [...new Set(shared)] : undefined;
}

/** A property that only one of two schemas declares is additional to the other. */
function mergeProperties(left: Schema, right: Schema): Schema {
  const ofLeft = schemasIn(left, 'properties');
  const ofRight = schemasIn(right, 'properties');
  const both = [...new Set([...ofLeft.keys(), ...ofRight.keys()])].map((name) => {
    const inLeft = ofLeft.get(name) ?? additional(left);
    const inRight = ofRight.get(name) ?? additional(right);
    if (inLeft === undefined || inRight === undefined) return [name, inLeft ?? inRight];
    return [name, { allOf: [inLeft, inRight] }];
  });
  return Object.fromEntries(both);
}

/** What a schema says of names that it does not declare; nothing where patterns of names have a say too. */
function additional(schema: Schema): unknown {
  return schema.patternProperties === undefined ? schema.additionalProperties : undefined;
}

function commonMultiple(left: number, right: number): number {
  if (left % right === 0) return left;
  return right % left === 0 ? right : left * right;
}

function sharedValues(left: readonly unknown[], right: readonly unknown[]): unknown[] {
  const known = new Set(right.map((value) => JSON.stringify(value)));
  return left.filter((value) => known.has(JSON.stringify(value)));
}
