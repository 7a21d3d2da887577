import { describe, expect, it } from 'vitest';
import { parseGeminiSchema } from '../../../../src/protocols/gemini/parse-gemini-schema.ts';

describe('parseGeminiSchema', () => {
  it.each([
    [{ type: 'STRING' }, { type: 'string' }],
    [{ type: 'string' }, { type: 'string' }],
    [{ type: 'TYPE_UNSPECIFIED', description: 'a' }, { description: 'a' }],
    [{ type: 'INTEGER', format: 'int64' }, { type: 'integer' }],
    [
      { type: 'STRING', format: 'date-time' },
      { type: 'string', format: 'date-time' },
    ],
    [
      { type: 'STRING', format: 'enum', enum: ['a'] },
      { type: 'string', enum: ['a'] },
    ],
    [{ type: 'NUMBER', nullable: true }, { type: ['number', 'null'] }],
    [{ type: 'NUMBER', nullable: false }, { type: 'number' }],
    [
      { type: 'STRING', nullable: true, enum: ['a'] },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [{ any_of: [{ type: 'STRING' }], nullable: true }, { anyOf: [{ type: 'string' }, { type: 'null' }] }],
    [
      { type: 'ARRAY', minItems: '1', max_items: '3', items: { type: 'BOOLEAN' } },
      { type: 'array', minItems: 1, maxItems: 3, items: { type: 'boolean' } },
    ],
    [
      { type: 'STRING', example: 'a', pattern: '^a' },
      { type: 'string', examples: ['a'], pattern: '^a' },
    ],
    [
      { $defs: { a: { type: 'STRING' } }, $ref: '#/$defs/a' },
      { $defs: { a: { type: 'string' } }, $ref: '#/$defs/a' },
    ],
  ])('converts %j', (schema, converted) => {
    expect(parseGeminiSchema(schema)).toEqual(converted);
  });

  it('writes the properties in their order', () => {
    const schema = {
      type: 'OBJECT',
      properties: { b: { type: 'STRING' }, a: { type: 'STRING' }, type: { type: 'STRING' } },
      propertyOrdering: ['a', 'none', 'b'],
      required: ['a'],
    };
    expect(JSON.stringify(parseGeminiSchema(schema))).toBe(
      '{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"},"type":{"type":"string"}},"required":["a"]}',
    );
  });

  it('does not change the schema that it is given, and keeps numbers exact', () => {
    const schema = {
      type: 'OBJECT',
      properties: { a: { type: 'INTEGER', maximum: JSON.rawJSON('9007199254740993') } },
    };
    const text = JSON.stringify(schema);
    expect(JSON.stringify(parseGeminiSchema(schema))).toContain('"maximum":9007199254740993');
    expect(JSON.stringify(schema)).toBe(text);
  });
});
