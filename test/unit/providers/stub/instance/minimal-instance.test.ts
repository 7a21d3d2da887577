import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { minimalInstance } from '../../../../../src/providers/stub/instance/minimal-instance.ts';

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

/** Each with the value that is made; all of them are read by a validator too. */
const schemas: [string, JsonSchema, unknown][] = [
  ['anything', {}, 'stub'],
  ['a constant', { const: 7 }, 7],
  ['the first of several', { enum: ['celsius', 'fahrenheit'] }, 'celsius'],
  ['text', { type: 'string' }, 'stub'],
  ['no text', { type: 'string', maxLength: 0 }, ''],
  ['longer text', { type: 'string', minLength: 9 }, 'stubxxxxx'],
  ['shorter text', { type: 'string', minLength: 1, maxLength: 2 }, 'st'],
  ['a pattern', { type: 'string', pattern: '^[A-Z]{2}-\\d{3,}$' }, 'AA-000'],
  ['a number', { type: 'number' }, 0],
  ['a number from a bound', { type: 'number', minimum: 1.5, maximum: 2 }, 1.5],
  ['a number above a bound', { type: 'number', exclusiveMinimum: 1, exclusiveMaximum: 2 }, 1.5],
  ['a whole number below a bound', { type: 'integer', maximum: -1.5 }, -2],
  ['a multiple', { type: 'integer', exclusiveMinimum: 10, multipleOf: 5 }, 15],
  ['a truth', { type: 'boolean' }, false],
  ['nothing', { type: 'null' }, null],
  ['one of several types', { type: ['string', 'null'] }, 'stub'],
  ['a list', { type: 'array', items: { type: 'integer' } }, []],
  ['a longer list', { type: 'array', items: { type: 'integer' }, minItems: 2 }, [0, 0]],
  ['an object', { type: 'object', properties: { a: { type: 'string' } } }, {}],
  [
    'what is required, in the order of declaration',
    {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'integer' }, c: { type: 'boolean' } },
      required: ['c', 'a'],
      additionalProperties: false,
    },
    { a: 'stub', c: false },
  ],
  [
    'nested objects',
    {
      type: 'object',
      properties: {
        places: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            properties: { at: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 } },
            required: ['at'],
          },
        },
      },
      required: ['places'],
    },
    { places: [{ at: [0, 0] }] },
  ],
  ['the first of a union', { anyOf: [{ type: 'integer', minimum: 3 }, { type: 'null' }] }, 3],
  [
    'one of a union by its mark',
    {
      oneOf: [
        { type: 'object', properties: { kind: { const: 'a' }, x: { type: 'integer' } }, required: ['kind', 'x'] },
        { type: 'object', properties: { kind: { const: 'b' } }, required: ['kind'] },
      ],
    },
    { kind: 'a', x: 0 },
  ],
  [
    'all of several',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'integer', minimum: 2 } }, required: ['a'] },
        { type: 'object', properties: { b: { type: 'string' } }, required: ['b'] },
      ],
    },
    { a: 2, b: 'stub' },
  ],
  [
    'a reference',
    {
      type: 'object',
      properties: { home: { $ref: '#/$defs/place' } },
      required: ['home'],
      $defs: { place: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
    },
    { home: { city: 'stub' } },
  ],
  [
    'a list without end, which ends as soon as it may',
    {
      type: 'object',
      properties: { value: { type: 'integer' }, next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
      required: ['value', 'next'],
    },
    { value: 0, next: null },
  ],
];

describe('a minimal instance', () => {
  test.each(schemas)('%s', (_, schema, expected) => {
    const value = minimalInstance(schema);
    expect(value).toEqual(expected);
    expect(z.fromJSONSchema(schema).parse(value)).toEqual(value);
  });

  test.each(['date-time', 'date', 'email', 'ipv4', 'ipv6', 'uri', 'uuid', 'duration'] as const)('%s', (format) => {
    const schema: JsonSchema = { type: 'string', format };
    expect(z.fromJSONSchema(schema).safeParse(minimalInstance(schema))).toMatchObject({ success: true });
    expect(z.fromJSONSchema(schema).safeParse('stub')).toMatchObject({ success: false });
  });

  test('the schema of a zod type is met by what is made of it', () => {
    const type = z.object({
      id: z.uuid(),
      steps: z.array(z.object({ kind: z.enum(['walk', 'ride']), minutes: z.int().min(5).max(90) })).min(2),
      note: z.string().min(3).nullable(),
      at: z.discriminatedUnion('type', [
        z.object({ type: z.literal('point'), x: z.number().positive() }),
        z.object({ type: z.literal('none') }),
      ]),
      tags: z.record(z.string(), z.string()),
      pair: z.tuple([z.string(), z.number()]),
    });
    const value = minimalInstance(z.toJSONSchema(type));
    expect(type.parse(value)).toEqual(value);
    expect(value).toMatchObject({
      note: 'stub',
      at: { type: 'point', x: 1 },
      steps: [{ kind: 'walk', minutes: 5 }, {}],
    });
  });

  // What the validator does not read.
  test.each<[string, object, unknown]>([
    [
      'items unlike each other',
      { type: 'array', uniqueItems: true, minItems: 3, items: { type: 'integer' } },
      [0, 1, 2],
    ],
    ['each of an enum once', { uniqueItems: true, minItems: 2, items: { enum: ['a', 'b'] } }, ['a', 'b']],
    ['a list that contains something', { type: 'array', contains: { const: 7 } }, [7]],
    [
      'a prefix of a list',
      { prefixItems: [{ const: 1 }, { const: 'b' }], minItems: 3, items: { type: 'null' } },
      [1, 'b', null],
    ],
    [
      'more properties than are declared',
      { properties: { a: { type: 'null' } }, minProperties: 2 },
      { a: null, property1: 'stub' },
    ],
    ['what depends on another', { required: ['a'], dependentRequired: { a: ['b'] } }, { a: 'stub', b: 'stub' }],
    ['a name that only looks special', { required: ['__proto__'] }, JSON.parse('{"__proto__":"stub"}')],
    ['an old name for definitions', { $ref: '#/definitions/a~1b', definitions: { 'a/b': { const: 1 } } }, 1],
  ])('%s', (_, schema, expected) => {
    expect(JSON.stringify(minimalInstance(schema))).toBe(JSON.stringify(expected));
  });

  test('another schema may narrow it down', () => {
    expect(minimalInstance({}, { type: 'object' })).toEqual({});
    expect(minimalInstance(undefined, { type: 'object' })).toEqual({});
    expect(minimalInstance({ type: 'string' }, { type: 'object' })).toBeUndefined();
  });
});

describe('there is none of', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => index);
  const doubled = Array.from({ length: 40 }, (_, index) => [
    `d${index}`,
    {
      properties: { a: { $ref: `#/$defs/d${index + 1}` }, b: { $ref: `#/$defs/d${index + 1}` } },
      required: ['a', 'b'],
    },
  ]);

  test.each<[string, unknown]>([
    ['what is no schema', 'string'],
    ['a contradiction', { type: 'integer', minimum: 2, maximum: 1 }],
    ['a contradiction of two', { allOf: [{ type: 'string' }, { type: 'integer' }] }],
    ['a required property that may not be', { properties: {}, required: ['a'], additionalProperties: false }],
    ['what refers to itself', { $ref: '#' }],
    ['what needs itself', { properties: { a: { $ref: '#' } }, required: ['a'] }],
    ['a reference to nowhere', { $ref: '#/$defs/absent' }],
    ['a reference to another place', { $ref: 'https://example.com/schema.json' }],
    [
      'more items than there are values',
      { type: 'array', uniqueItems: true, minItems: 3, items: { enum: ['a', 'b'] } },
    ],
    ['a long list out of many values', { uniqueItems: true, minItems: 1000, items: { enum: many } }],
    ['a schema that is too long', { enum: many.map((value) => `a rather long value ${value}`) }],
    ['a choice of too many', { allOf: Array(30).fill({ anyOf: Array(30).fill({ minLength: 3 }) }), maxLength: 2 }],
    ['a list without end', { type: 'array', minItems: 1e9 }],
    ['a text without end', { type: 'string', minLength: 1e9 }],
    [
      'a value as wide as its definitions are deep',
      { $ref: '#/$defs/d0', $defs: { ...Object.fromEntries(doubled), d40: { const: 1 } } },
    ],
  ])('%s', (_, schema) => {
    const startedAt = performance.now();
    expect(minimalInstance(schema)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
