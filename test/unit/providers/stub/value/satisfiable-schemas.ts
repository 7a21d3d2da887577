import * as z from 'zod';
import { createConditional } from './create-conditional.ts';

type Table = readonly (readonly [name: string, schema: unknown])[];

const text = { type: 'string' };
const integer = { type: 'integer' };
const object = (properties: object, more: object = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});

const scalars: Table = [
  ['anything', {}],
  ['true', true],
  ['a constant', { const: 7 }],
  ['a constant that is null', { const: null }],
  ['a constant that is an object', { const: { a: [1, { b: null }] } }],
  ['an enum', { enum: ['celsius', 'fahrenheit'] }],
  ['an enum of several types', { enum: [null, false, 0, '', [1], { a: 1 }] }],
  ['an enum of one type', { type: 'string', enum: ['a', 'b'] }],
  ['an enum narrowed by bounds', { enum: [1, 2, 3, 40], minimum: 5 }],
  ['a text', text],
  ['an empty text', { type: 'string', maxLength: 0 }],
  ['a long text', { type: 'string', minLength: 500 }],
  ['a short text', { type: 'string', minLength: 1, maxLength: 2 }],
  ['a number', { type: 'number' }],
  ['a number between bounds', { type: 'number', minimum: 1.5, maximum: 2 }],
  ['a number between exclusive bounds', { type: 'number', exclusiveMinimum: 1, exclusiveMaximum: 1.25 }],
  ['an integer', integer],
  ['an integer far above', { type: 'integer', minimum: 5000 }],
  ['an integer far below', { type: 'integer', exclusiveMaximum: -123456 }],
  ['an integer of one value', { type: 'integer', minimum: 3.5, maximum: 4.5 }],
  ['a safe integer', { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }],
  ['a huge number', { type: 'number', minimum: 1e300 }],
  ['a number of any size', { type: 'number', minimum: -1.7e308, maximum: 1.7e308 }],
  ['a multiple', { type: 'integer', exclusiveMinimum: 10, multipleOf: 5 }],
  ['a multiple of a fraction', { type: 'number', minimum: 0, maximum: 10, multipleOf: 0.25 }],
  ['a multiple of a large number', { type: 'integer', exclusiveMinimum: 0, multipleOf: 100_000 }],
  ['a boolean', { type: 'boolean' }],
  ['null', { type: 'null' }],
  ['a nullable type', { type: ['string', 'null'] }],
  ['several types', { type: ['integer', 'boolean', 'array', 'object'], minimum: 2, minItems: 1 }],
  ['keywords without a type', { minimum: 3, maximum: 4 }],
];

const formats = [
  ...['date-time', 'date', 'time', 'duration', 'email', 'idn-email', 'hostname', 'ipv4', 'ipv6', 'uri', 'url'],
  ...['uri-reference', 'iri', 'uuid', 'json-pointer', 'relative-json-pointer', 'regex', 'uri-template', 'unheard-of'],
];

const patterns = [
  '^[A-Z]{3}-\\d{4}$',
  '^#[\\da-fA-F]{6}$',
  '^\\+?[0-9 ]{7,15}$',
  '^[a-z0-9]+(?:-[a-z0-9]+)*$',
  '^\\w+@\\w+\\.[a-z]{2,}$',
  '^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$',
  '^(?:\\d{1,3}\\.){3}\\d{1,3}$',
  '^(?<year>\\d{4})-\\d\\d$',
  '^(foo|ba[rz])+$',
  '^a{2,3}?b{0}$',
  '^(?=.*\\d)[a-z\\d]{4,}$',
  '^(?!x)[a-z]+$',
  '^x',
  'y$',
  '^$',
  '^(a+)+$',
];

const lists: Table = [
  ['a list', { type: 'array', items: integer }],
  ['a list of two', { type: 'array', items: integer, minItems: 2, maxItems: 2 }],
  ['a list of many', { type: 'array', items: { type: 'boolean' }, minItems: 200 }],
  ['a list of few', { type: 'array', items: integer, minItems: 1, maxItems: 1_000_000 }],
  ['a list without a schema of its items', { type: 'array', minItems: 3 }],
  ['different items', { type: 'array', uniqueItems: true, minItems: 3, items: integer }],
  ['each of an enum once', { type: 'array', uniqueItems: true, minItems: 3, items: { enum: ['a', 'b', 'c'] } }],
  ['a list that contains something', { type: 'array', contains: { const: 7 } }],
  [
    'a list that contains several',
    { type: 'array', items: integer, contains: { minimum: 5 }, minContains: 2, maxItems: 4 },
  ],
  ['a tuple', { type: 'array', prefixItems: [text, { type: 'null' }], items: false, minItems: 2 }],
  ['a tuple with more items', { prefixItems: [{ const: 1 }, { const: 'b' }], minItems: 3, items: { type: 'null' } }],
  ['unevaluated items', { type: 'array', prefixItems: [text], unevaluatedItems: false, minItems: 1 }],
  ['all of two lists', { allOf: [{ items: integer }, { type: 'array', minItems: 2 }] }],
  ['a list with a bound elsewhere', { type: 'array', items: integer, allOf: [{ minItems: 2 }] }],
  ['a tuple of anything', { type: 'array', prefixItems: [true, {}], minItems: 4 }],
  ['a list of lists', { type: 'array', minItems: 2, items: { type: 'array', minItems: 2, items: integer } }],
];

const objects: Table = [
  ['an object', { type: 'object', properties: { a: text } }],
  ['an object with everything required', object({ a: text, b: integer, c: { type: 'boolean' } })],
  ['a required name without a schema', { type: 'object', required: ['a'] }],
  ['a required name of additional ones', { type: 'object', required: ['a'], additionalProperties: integer }],
  [
    'a required name of a pattern',
    { type: 'object', required: ['x-a'], patternProperties: { '^x-': integer }, additionalProperties: false },
  ],
  [
    'a name with two patterns',
    { properties: { ab: { minimum: 3 } }, required: ['ab'], patternProperties: { '^a': integer, b$: { maximum: 9 } } },
  ],
  [
    'as many names as are declared',
    { properties: { a: text, b: integer }, minProperties: 2, additionalProperties: false },
  ],
  ['more names than are declared', { type: 'object', properties: { a: text }, minProperties: 3 }],
  ['few names', object({ a: text }, { maxProperties: 1 })],
  [
    'names of a certain kind',
    { type: 'object', propertyNames: { pattern: '^[a-z]+$' }, properties: { a: text }, required: ['a'] },
  ],
  ['a name that needs another', { type: 'object', required: ['a'], dependentRequired: { a: ['b'], b: ['c'] } }],
  [
    'a name that needs a schema',
    { type: 'object', required: ['a'], dependentSchemas: { a: { required: ['b'], properties: { b: integer } } } },
  ],
  ['no unevaluated names', { type: 'object', unevaluatedProperties: false }],
  ['no unevaluated items', { unevaluatedItems: false, minItems: 0 }],
  ['unevaluated names', { type: 'object', properties: { a: text }, required: ['a'], unevaluatedProperties: false }],
  [
    'names of every object',
    { type: 'object', properties: { toString: integer }, required: ['toString', 'constructor', 'hasOwnProperty'] },
  ],
  ['names that look like keywords', object({ type: text, required: integer, $ref: text, items: { type: 'boolean' } })],
  [
    'words beside the keywords',
    {
      type: 'object',
      title: 'A',
      'x-order': { a: 1 },
      example: { a: 1 },
      properties: { a: text },
      required: ['a'],
      additionalProperties: false,
    },
  ],
  [
    'nested objects',
    object({ a: object({ b: object({ c: { type: 'array', minItems: 1, items: object({ d: text }) } }) }) }),
  ],
];

const combinations: Table = [
  ['any of two', { anyOf: [{ type: 'integer', minimum: 3 }, { type: 'null' }] }],
  ['one of two', { oneOf: [object({ kind: { const: 'a' }, x: integer }), object({ kind: { const: 'b' } })] }],
  [
    'one of two that overlap',
    {
      oneOf: [
        { type: 'integer', minimum: 0 },
        { type: 'integer', maximum: 500 },
      ],
    },
  ],
  ['any of two with a false one', { anyOf: [false, { type: 'integer' }] }],
  [
    'all of two',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'integer', minimum: 2 } }, required: ['a'] },
        { properties: { b: text }, required: ['b'] },
      ],
    },
  ],
  ['all of two bounds', { type: 'integer', allOf: [{ minimum: 5 }, { maximum: 7 }] }],
  [
    'any of two required names',
    { type: 'object', properties: { a: text, b: integer }, anyOf: [{ required: ['a'] }, { required: ['b'] }] },
  ],
  [
    'any of two required names with bounds',
    {
      type: 'object',
      properties: { a: { type: 'string', maxLength: 2 }, b: { const: 1 } },
      additionalProperties: false,
      anyOf: [{ required: ['a'] }, { required: ['b'] }],
    },
  ],
  [
    'all of one, beside properties',
    {
      allOf: [{ $ref: '#/$defs/base' }],
      properties: { b: text },
      required: ['b'],
      $defs: { base: { type: 'object', properties: { a: integer }, required: ['a'] } },
    },
  ],
  ['not a type', { not: { type: 'string' } }],
  ['not a value', { type: 'integer', minimum: 1, maximum: 2, not: { const: 1 } }],
  ['not a name', { type: 'object', properties: { a: text }, not: { required: ['a'] } }],
  [
    'if and then',
    {
      type: 'object',
      properties: { kind: { const: 'a' } },
      required: ['kind'],
      ...createConditional(
        { properties: { kind: { const: 'a' } } },
        { properties: { x: integer }, required: ['x'] },
        { required: ['y'] },
      ),
    },
  ],
  ['if and else', { type: 'integer', minimum: 10, maximum: 12, ...createConditional({ const: 11 }, false) }],
  ['text of bounds that are combined', { type: 'string', allOf: [{ maxLength: 2 }, { minLength: 1 }] }],
];

const references: Table = [
  [
    'a definition',
    { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, required: ['a'], $defs: { a: object({ b: text }) } },
  ],
  ['a definition by its old name', { $ref: '#/definitions/a~1b', definitions: { 'a/b': { const: 1 } } }],
  ['a definition with an encoded name', { $ref: '#/$defs/a%20b%25', $defs: { 'a b%': { const: 1 } } }],
  ['a definition that is described', { $ref: '#/$defs/a', description: 'An a.', $defs: { a: { type: 'integer' } } }],
  ['a definition that is narrowed', { $ref: '#/$defs/a', minimum: 3, $defs: { a: { type: 'integer', maximum: 4 } } }],
  ['a property of another', { properties: { a: integer, b: { $ref: '#/properties/a' } }, required: ['a', 'b'] }],
  [
    'a chain of definitions',
    { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/c' }, c: integer } },
  ],
  ['a list that ends', object({ value: integer, next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } })],
  [
    'a tree',
    {
      $ref: '#/$defs/node',
      $defs: { node: object({ value: integer, children: { type: 'array', items: { $ref: '#/$defs/node' } } }) },
    },
  ],
  [
    'a tree of two branches',
    {
      $ref: '#/$defs/node',
      $defs: {
        node: object({
          left: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
          right: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
        }),
      },
    },
  ],
  [
    'a filter of many kinds',
    {
      $ref: '#/$defs/filter',
      $defs: {
        filter: {
          oneOf: [
            object({ equals: text }),
            object({ not: { $ref: '#/$defs/filter' } }),
            object({ and: { type: 'array', minItems: 2, items: { $ref: '#/$defs/filter' } } }),
            object({ or: { type: 'array', minItems: 2, items: { $ref: '#/$defs/filter' } } }),
          ],
        },
      },
    },
  ],
  [
    'an expression',
    {
      $ref: '#/$defs/e',
      $defs: {
        e: {
          oneOf: [
            integer,
            object({
              op: { enum: ['+', '-'] },
              args: { type: 'array', minItems: 2, maxItems: 2, items: { $ref: '#/$defs/e' } },
            }),
          ],
        },
      },
    },
  ],
  [
    'two that refer to each other',
    {
      $ref: '#/$defs/a',
      $defs: {
        a: object({ b: { type: 'array', items: { $ref: '#/$defs/b' } } }),
        b: object({ a: { $ref: '#/$defs/a' } }),
      },
    },
  ],
];

/** The form that draft 7 has for tuples. */
export const draft7Schemas: Table = [
  ['a tuple', { type: 'array', items: [text, integer], additionalItems: false, minItems: 2 }],
  ['a tuple with more items', { type: 'array', items: [text], additionalItems: integer, minItems: 3 }],
  ['zod', z.toJSONSchema(z.object({ pair: z.tuple([z.string(), z.int()]), flag: z.boolean() }), { target: 'draft-7' })],
];

/** What clients send: OpenAI's examples of strict schemas, and those of zod. */
const clients: Table = [
  [
    'steps of a solution',
    object({ steps: { type: 'array', items: object({ explanation: text, output: text }) }, final_answer: text }),
  ],
  [
    'a weather tool',
    object({
      location: { type: 'string', description: 'City and country' },
      units: { type: ['string', 'null'], enum: ['celsius', 'fahrenheit', null] },
    }),
  ],
  [
    'a user interface',
    {
      name: 'ui',
      ...object({
        type: { type: 'string', enum: ['div', 'button'] },
        label: text,
        children: { type: 'array', items: { $ref: '#' } },
        attributes: { type: 'array', items: object({ name: text, value: text }) },
      }),
    },
  ],
  [
    'a union at a property',
    object({
      item: { anyOf: [object({ name: text, age: { type: 'number' } }), object({ number: text, street: text })] },
    }),
  ],
  [
    'bounds of strict mode',
    object({
      username: { type: 'string', pattern: '^@[a-zA-Z0-9_]+$' },
      email: { type: 'string', format: 'email' },
      score: { type: 'number', minimum: -10, maximum: 10, multipleOf: 2 },
      tags: { type: 'array', items: text, minItems: 1, maxItems: 3 },
    }),
  ],
  [
    'pydantic',
    {
      $defs: { Color: { enum: ['red', 'green'], title: 'Color', type: 'string' } },
      properties: {
        color: { allOf: [{ $ref: '#/$defs/Color' }], default: 'red' },
        size: { anyOf: [{ type: 'integer' }, { type: 'null' }], default: null, title: 'Size' },
        at: { format: 'date-time', type: 'string' },
      },
      required: ['color', 'size', 'at'],
      title: 'Shirt',
      type: 'object',
    },
  ],
  [
    'zod',
    z.toJSONSchema(
      z.object({
        id: z.uuid(),
        email: z.email(),
        url: z.url(),
        at: z.iso.datetime(),
        day: z.iso.date(),
        lasts: z.iso.duration(),
        address: z.ipv4(),
        steps: z.array(z.object({ kind: z.enum(['walk', 'ride']), minutes: z.int().min(5).max(90) })).min(2),
        note: z.string().min(3).nullable(),
        slug: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
        code: z.string().length(6),
        big: z.int(),
        ratio: z.number().positive().lt(1),
        shape: z.discriminatedUnion('type', [
          z.object({ type: z.literal('point'), x: z.number().positive() }),
          z.object({ type: z.literal('none') }),
        ]),
        tags: z.record(z.string(), z.string()),
        counts: z.record(z.enum(['a', 'b']), z.int()),
        pair: z.tuple([z.string(), z.number()]),
        optional: z.string().optional(),
        data: z.base64(),
        both: z.object({ a: z.string() }).and(z.object({ b: z.int() })),
      }),
    ),
  ],
  [
    'zod with a recursion',
    z.toJSONSchema(
      z.object({
        name: z.string(),
        get children(): z.ZodArray {
          return z.array(z.unknown());
        },
      }),
    ),
  ],
];

/** Schemas of draft 2020-12 for which Stub finds a value. */
export const satisfiableSchemas: Table = [
  ...scalars,
  ...formats.map((format) => [`format ${format}`, { type: 'string', format }] as const),
  ...patterns.map((pattern) => [`pattern ${pattern}`, { type: 'string', pattern }] as const),
  ...lists,
  ...objects,
  ...combinations,
  ...references,
  ...clients,
];
