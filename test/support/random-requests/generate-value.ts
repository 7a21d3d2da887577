import type { RequestShapes, Shape } from '../sdk-types/read-request-shapes.ts';
import type { Random } from './random.ts';

type Fields = Record<string, unknown>;

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const words = ['sun', 'Regen', 'ветер', '雪', 'naïve', '🌍', 'x < y', '"quoted"', 'new\nline'];

/** What a translated reply would lack: seldom, so that most requests get a reply. */
const essentialFields: ReadonlySet<string> = new Set(['audio', 'logprobs', 'modalities']);
const essentialTypes: ReadonlySet<unknown> = new Set(['input_audio', 'file', 'container_upload', 'document']);
const essentialChance = 0.02;

/** Numbers that the vendors take, by the names of their fields. */
const numbers: Readonly<Record<string, (random: Random) => number>> = {
  temperature: (random) => random.int(0, 10) / 10,
  top_p: (random) => random.int(1, 10) / 10,
  frequency_penalty: (random) => random.int(-20, 20) / 10,
  presence_penalty: (random) => random.int(-20, 20) / 10,
  n: (random) => (random.chance(0.95) ? 1 : 2),
  max_tokens: (random) => random.pick([1, 256, 4096, 32_000, 200_000]),
  max_completion_tokens: (random) => random.pick([1, 256, 4096, 32_000, 200_000]),
  max_output_tokens: (random) => random.pick([1, 256, 4096, 32_000, 200_000]),
  budget_tokens: (random) => random.pick([1024, 4096, 20_000]),
};

/** Strings of a certain form, by the names of their fields. */
const strings: Readonly<Record<string, (random: Random) => string>> = {
  url: () => 'https://example.com/a.png',
  'image_url.url': (random) => random.pick(['https://example.com/a.png', `data:image/png;base64,${png}`]),
  data: () => png,
  file_data: () => `data:application/pdf;base64,${png}`,
  name: (random) => `name_${random.int(0, 99)}`,
  input: createText,
  arguments: (random) => JSON.stringify({ city: createText(random) }),
};

/** A JSON Schema of arguments, closed as strict ones are now and then. */
export function createSchema(random: Random, depth = 2): Fields {
  const names = random.chance(0.9) ? random.list(0, 3, (index) => `field_${index}`) : [];
  const properties = Object.fromEntries(names.map((name) => [name, createPropertySchema(random, depth)]));
  return {
    type: 'object',
    ...(names.length > 0 && { properties }),
    ...(random.chance(0.5) && { required: names.filter(() => random.chance(0.7)) }),
    ...(random.chance(0.4) && { additionalProperties: random.chance(0.7) ? false : { type: 'string' } }),
    ...(random.chance(0.2) && { description: createText(random) }),
  };
}

function createPropertySchema(random: Random, depth: number): Fields {
  const kinds: (() => Fields)[] = [
    () => ({ type: 'string', ...(random.chance(0.2) && { minLength: 1 }) }),
    () => ({ type: 'integer', ...(random.chance(0.2) && { minimum: 0 }) }),
    () => ({ type: ['number', 'null'] }),
    () => ({ enum: ['a', 'b'] }),
    () => ({ type: 'array', items: { type: 'string' } }),
    () => (depth > 0 ? createSchema(random, depth - 1) : { type: 'boolean' }),
    () => ({ anyOf: [{ type: 'string' }, { type: 'null' }] }),
  ];
  return random.pick(kinds)();
}

export function createText(random: Random): string {
  return random.list(1, 4, () => random.pick(words)).join(' ');
}

/** Creates values of the SDKs' types. */
export class ValueGenerator {
  readonly #shapes: RequestShapes;
  readonly #random: Random;

  constructor(shapes: RequestShapes, random: Random) {
    this.#shapes = shapes;
    this.#random = random;
  }

  /** Creates a value. `name` is that of its field. */
  create(shape: Shape, name: string, depth = 0, parent = ''): unknown {
    const random = this.#random;
    switch (shape.kind) {
      case 'string':
        return (strings[`${parent}.${name}`] ?? strings[name] ?? createText)(random);
      case 'number':
        return (numbers[name] ?? (() => random.int(0, 20)))(random);
      case 'boolean':
        return random.chance(0.5);
      case 'null':
        return null;
      case 'unknown':
        return { any: createText(random) };
      case 'literal':
        return shape.value;
      case 'list':
        return random.list(1, depth > 4 ? 1 : 3, () => this.create(shape.of, name, depth + 1));
      case 'map':
        if (['schema', 'parameters', 'input_schema'].includes(name)) return createSchema(random);
        return Object.fromEntries(
          random.list(0, 2, (index) => [`key_${index}`, this.create(shape.of, name, depth + 1)]),
        );
      case 'union':
        return this.create(this.pickMember(shape.of, depth), name, depth, parent);
      case 'object':
        return this.createObject(shape, depth, [], name);
    }
  }

  /** Creates an object with its required fields, and some of the others. A field that may be absent may be null. */
  createObject(shape: Shape, depth = 0, skip: readonly string[] = [], parent = ''): Fields {
    const object = this.getObject(shape);
    if (object.name.includes('InputSchema')) return createSchema(this.#random);
    const chance = depth > 3 ? 0.1 : 0.3;
    const entries = Object.entries(object.fields).flatMap(([name, { isOptional, shape: field }]) =>
      skip.includes(name) || (isOptional && !this.#random.chance(essentialFields.has(name) ? essentialChance : chance))
        ? []
        : [[name, isOptional && this.#random.chance(0.1) ? null : this.create(field, name, depth + 1, parent)]],
    );
    return Object.fromEntries(entries);
  }

  getObject(shape: Shape) {
    const object = shape.kind === 'object' ? this.#shapes.objects.get(shape.id) : undefined;
    if (!object) throw new Error(`${shape.kind} is no object`);
    return object;
  }

  /** Picks a member of a union. What is nested deeply becomes simple, and what is essential is seldom. */
  pickMember(members: readonly Shape[], depth = 0): Shape {
    const usual = members.filter((member) => !this.#isEssential(member));
    const left = usual.length > 0 && !this.#random.chance(essentialChance) ? usual : members;
    const simple = left.filter(({ kind }) => kind !== 'object' && kind !== 'list');
    return this.#random.pick(depth > 5 && simple.length > 0 ? simple : left);
  }

  #isEssential(shape: Shape): boolean {
    const type = shape.kind === 'object' ? this.getObject(shape).fields.type?.shape : undefined;
    return type?.kind === 'literal' && essentialTypes.has(type.value);
  }
}
