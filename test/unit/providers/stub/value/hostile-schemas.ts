import { createConditional } from './create-conditional.ts';

type Table = readonly (readonly [name: string, schema: unknown])[];

/** Wraps a schema in itself a number of times. */
const nest = (levels: number, wrap: (inner: unknown) => unknown, inner: unknown = { type: 'integer' }): unknown =>
  levels === 0 ? inner : nest(levels - 1, wrap, wrap(inner));

/** Definitions each of which refers to the next. */
const chain = (
  length: number,
  define: (next: { $ref: string }, index: number) => unknown,
  last: unknown = { type: 'integer' },
) => ({
  $ref: '#/$defs/0',
  $defs: { ...Array.from({ length }, (_, index) => define({ $ref: `#/$defs/${index + 1}` }, index)), [length]: last },
});

const repeat = <T>(count: number, create: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => create(index));
const named = (count: number, create: (index: number) => unknown) =>
  Object.fromEntries(repeat(count, (index) => [`p${index}`, create(index)]));
const requireAll = (properties: object) => ({ type: 'object', properties, required: Object.keys(properties) });
const self = { $ref: '#' };

const sizes: Table = [
  ['lists of lists of lists', nest(8, (items) => ({ type: 'array', minItems: 10, maxItems: 10, items }))],
  ['lists of anything', nest(8, (items) => ({ type: 'array', minItems: 100, items }), true)],
  ['a hundred million items', { type: 'array', minItems: 1e8, items: { type: 'integer' } }],
  ['up to a hundred million items', { type: 'array', maxItems: 1e8, items: { type: 'integer' } }],
  ['a hundred million items of a tuple', { type: 'array', prefixItems: [true], minItems: 1e8 }],
  ['a hundred million items that are contained', { contains: true, minContains: 1e8, maxContains: 1e9 }],
  ['up to a billion items that are contained', { type: 'array', contains: { const: 1 }, maxContains: 1e9 }],
  ['a billion characters', { type: 'string', minLength: 1e9 }],
  ['up to a billion characters', { type: 'string', maxLength: 1e9 }],
  ['a billion characters of a format', { type: 'string', format: 'email', minLength: 1e9 }],
  ['a million long texts', requireAll(named(1000, () => ({ type: 'string', minLength: 10_000 })))],
  ['ten million properties', { type: 'object', minProperties: 1e7 }],
  ['ten thousand properties of a pattern', { type: 'object', minProperties: 1e4, patternProperties: { '^a$': true } }],
  [
    'objects of many properties',
    nest(6, (inner) => ({ type: 'object', minProperties: 100, additionalProperties: inner })),
  ],
  ['an enum of a megabyte', { enum: [repeat(150_000, (index) => index)] }],
  ['an enum of many values, none of which fits', { enum: repeat(50_000, String), minLength: 9 }],
  ['a long list whose items differ', { const: repeat(100_000, (index) => index), uniqueItems: true }],
  [
    'long lists of long lists whose items differ',
    { type: 'array', uniqueItems: true, minItems: 100, items: { type: 'array', uniqueItems: true, minItems: 100 } },
  ],
  ['a hundred different booleans', { type: 'array', uniqueItems: true, minItems: 100, items: { type: 'boolean' } }],
  [
    'different items in different items',
    nest(6, (items) => ({ type: 'array', uniqueItems: true, minItems: 3, items }), { type: 'boolean' }),
  ],
  ['fifty thousand required names', { type: 'object', required: repeat(50_000, String) }],
  ['a hundred thousand unknown keywords', { type: 'object', ...named(100_000, () => ({ type: 'string' })) }],
  ['five thousand levels', nest(5000, (inner) => requireAll({ a: inner }))],
  ['five thousand levels of a constant', { const: nest(5000, (inner) => [inner]) }],
  ['numbers beyond all bounds', JSON.parse('{"type":"number","minimum":1e999,"maximum":-1e999}')],
  ['a tiny multiple', { type: 'number', multipleOf: 1e-300 }],
  ['a multiple of the least number', { type: 'integer', minimum: 1, multipleOf: 5e-324 }],
];

const hostilePatterns = [
  ...[
    '^.{1000000}$',
    '^(((a{100}){100}){100}){100}$',
    `^${'.{256}'.repeat(150)}$`,
    '(((((((a{9}){9}){9}){9}){9}){9}){9})',
  ],
  ...['(){1000000000}', '(a{0}){1000000000}', `^${'a*'.repeat(200)}$`, `^${'(a?)'.repeat(100)}a{100}$`],
  ...['^(a+)+$', '^(a|a)*$', '^(a*)*$', '^((a*)*)*$', '^(a|aa)+$', '^(?=(a+)+$)a', '^(([a-z])+.)+[A-Z]([a-z])+$'],
  ...[
    '([',
    '*',
    '(',
    ')',
    '[z-a]',
    '\\',
    'a{2,1}',
    '(?',
    '(?<',
    '\\k<a>',
    '^(a)\\1$',
    '(?<=a)b',
    '\\p{X}',
    '[^\\s\\S]',
  ],
  ...[`^${'('.repeat(400)}a${')'.repeat(400)}$`, `[${'\u0000-\uffff'.repeat(300)}]`, '[\u0000-\uffff]'.repeat(300)],
  'a'.repeat(1_000_000),
];
const badText = `${'a'.repeat(40)}!`;

const patterns = hostilePatterns.flatMap((pattern): Table => {
  const name = JSON.stringify(pattern.slice(0, 40));
  const patternProperties = { [pattern]: { type: 'integer' } };
  return [
    [`pattern ${name}`, { type: 'string', pattern }],
    [`pattern ${name} and a length`, { type: 'string', pattern, minLength: 30, maxLength: 31 }],
    [`pattern ${name} of a constant`, { const: badText, pattern }],
    [`pattern ${name} of a name`, { type: 'object', required: [badText], minProperties: 3, patternProperties }],
  ];
});

const references: Table = [
  ['itself', self],
  ['itself by a definition', { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }],
  ['two that are each other', { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }],
  ['all of itself', { allOf: [self, self] }],
  ['any of itself', { anyOf: [self, self] }],
  ['one of itself', { oneOf: [self, self] }],
  ['not itself', { not: self }],
  ['if itself', createConditional(self, self, self)],
  ['what needs itself', { properties: { a: self }, required: ['a'] }],
  ['what needs itself forty times', requireAll(named(40, () => self))],
  ['what needs itself or itself', requireAll({ a: { anyOf: [self, self] }, b: { oneOf: [self, self] } })],
  ['lists of itself', { type: 'array', minItems: 3, items: self }],
  ['a tuple of itself', { type: 'array', prefixItems: [self, self] }],
  ['what contains itself', { type: 'array', contains: self }],
  ['every property is itself', { type: 'object', minProperties: 2, additionalProperties: self }],
  ['properties that double', chain(30, (next) => requireAll({ a: next, b: next }))],
  ['ten properties each', chain(6, (next) => requireAll(named(10, () => next)))],
  ['twenty items each', chain(12, (items) => ({ type: 'array', minItems: 20, items }))],
  ...['allOf', 'anyOf', 'oneOf'].map(
    (keyword) => [`${keyword} that doubles`, chain(26, (next) => ({ [keyword]: [next, next] }))] as const,
  ),
  ['allOf of many', chain(8, (next) => ({ allOf: repeat(20, () => next) }))],
  ['properties in allOf that double', chain(24, (next) => requireAll({ a: { allOf: [next, next] } }))],
  [
    'properties that are checked twice each',
    chain(24, (next) => ({ allOf: [requireAll({ a: next }), requireAll({ a: next })] })),
  ],
  ['conditions that double', chain(26, (next) => createConditional(next, next, next))],
  ['negations that double', chain(26, (next) => ({ not: { anyOf: [next, next] } }))],
  [
    'all sorts that double',
    chain(24, (next) => ({ allOf: [{ anyOf: [next] }, { oneOf: [next] }, { properties: { a: next } }] })),
  ],
  [
    'patterns of names that double',
    chain(24, (next) => ({ type: 'object', required: ['a', 'b'], patternProperties: { '.': next } })),
  ],
  [
    'names that depend on each other',
    {
      type: 'object',
      required: ['0'],
      dependentRequired: Object.fromEntries(repeat(3000, (index) => [String(index), [String(index + 1)]]).reverse()),
    },
  ],
  ['definitions that are deep', chain(3000, (next) => next)],
];

const combinations: Table = [
  ...['allOf', 'anyOf', 'oneOf'].map(
    (keyword) => [`${keyword} nested twice each`, nest(12, (inner) => ({ [keyword]: [inner, inner] }))] as const,
  ),
  ...['anyOf', 'oneOf'].map(
    (keyword) => [`${keyword} of nothing, nested`, nest(40, (inner) => ({ [keyword]: [inner] }), false)] as const,
  ),
  ['not, nested', nest(40, (not) => ({ not }))],
  ['not, over values', nest(10, (inner) => ({ ...requireAll({ a: inner }), not: { const: 1 } }))],
  ['if, nested', nest(20, (inner) => createConditional(inner, inner === true ? false : inner, false), true)],
  ['three thousand of all', { allOf: repeat(3000, (index) => requireAll({ [`p${index}`]: { type: 'string' } })) }],
  [
    'two thousand of any, none of which fits',
    {
      type: 'array',
      minItems: 100,
      items: { anyOf: repeat(2000, (index) => ({ type: 'object', required: [`p${index}`], not: {} })) },
    },
  ],
  ['choices of choices', { allOf: repeat(30, () => ({ anyOf: repeat(30, () => ({ minLength: 3 })) })), maxLength: 2 }],
  [
    'many properties in many of all',
    {
      type: 'array',
      minItems: 100,
      items: { allOf: repeat(50, (index) => requireAll(named(40, (name) => ({ const: index * 40 + name })))) },
    },
  ],
];

const keywords: Table = [
  ['a template of the faker', requireAll({ a: { type: 'string', template: '#{a}#{a}' } })],
  ['a faker', { type: 'string', faker: 'internet.email', chance: 'email' }],
  ['a counter of the faker', { type: 'integer', autoIncrement: true, initialOffset: 1e308 }],
  ['a path of the faker', requireAll({ a: { type: 'string', jsonPath: '$..*' } })],
  ['a reference to a host', { $ref: 'http://127.0.0.1:1/a.json' }],
  ['a reference to a file', { $ref: 'file:///etc/passwd' }],
  ['a reference to a document', { $ref: 'a.json#/a' }],
  ['a reference to an anchor', { $ref: '#a', $defs: { a: { $anchor: 'a' } } }],
  ['a reference with a wrong encoding', { $ref: '#/$defs/%', $defs: { '%': { const: 1 } } }],
  ['a reference to a prototype', { $ref: '#/__proto__/constructor' }],
  ['a dynamic reference', { $dynamicRef: '#a' }],
  ['a recursive reference', { $recursiveRef: '#' }],
  ['an identifier', { $id: 'https://example.com/a', $ref: '#/$defs/a', $defs: { a: { $id: '#', type: 'integer' } } }],
  [
    'a property __proto__',
    JSON.parse(
      '{"type":"object","required":["__proto__"],"properties":{"__proto__":{"type":"object","required":["polluted"],"properties":{"polluted":{"const":1}}}}}',
    ),
  ],
  ['a definition __proto__', JSON.parse('{"$ref":"#/$defs/__proto__","$defs":{"__proto__":{"const":1}}}')],
  [
    'a property constructor',
    requireAll({ constructor: requireAll({ prototype: requireAll({ polluted: { const: 1 } }) }) }),
  ],
  ['a url that takes for ever to read', { const: `http://${'a'.repeat(60)}!`, format: 'url' }],
  ...['uri', 'email', 'hostname', 'date-time', 'uri-template', 'regex', 'ipv6', 'json-pointer', 'duration'].map(
    (format) =>
      [
        `a long constant of the format ${format}`,
        { enum: ['a', '@', '1', '.', '/', '{a', '%41', ':1', '(a+)+'].map((part) => part.repeat(3000)), format },
      ] as const,
  ),
];

/** Schemas that would take a generator or a validator without bounds for ever, or all memory, or mislead it. */
export const hostileSchemas: Table = [...sizes, ...patterns, ...references, ...combinations, ...keywords];
