import { describe, expect, it } from 'vitest';
import {
  anthropicStrictRules,
  closeObjects,
  isStrictSchema,
  openAiStrictRules,
} from '../../../src/providers/is-strict-schema.ts';

const closed = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };

describe('isStrictSchema', () => {
  it.each<[object, openAi: boolean, anthropic: boolean]>([
    [closed, true, true],
    [{ ...closed, required: [] }, false, true],
    [{ ...closed, additionalProperties: undefined }, false, false],
    [{ ...closed, additionalProperties: { type: 'string' } }, false, false],
    [{ ...closed, properties: { a: { type: 'integer', minimum: 0 } } }, true, false],
    [{ ...closed, properties: { minimum: { type: 'integer' } }, required: ['minimum'] }, true, true],
    [{ ...closed, properties: { a: { type: 'array', minItems: 2 } } }, true, false],
    [{ ...closed, properties: { a: { type: 'object', properties: {} } } }, false, false],
    [{ ...closed, properties: { a: { $ref: '#' } } }, false, false],
    [{ ...closed, properties: { a: { enum: [{ type: 'object' }] } } }, true, true],
    [{ anyOf: [closed, { type: 'object' }] }, false, false],
  ])('%j', (schema, openAi, anthropic) => {
    expect([isStrictSchema(schema, openAiStrictRules), isStrictSchema(schema, anthropicStrictRules)]).toEqual([
      openAi,
      anthropic,
    ]);
  });
});

describe('closeObjects', () => {
  it('closes the objects that name their properties', () => {
    const open = { type: 'object', properties: { a: { type: 'object', properties: { b: {} } } } };
    expect(closeObjects(open)).toEqual({
      type: 'object',
      properties: { a: { type: 'object', properties: { b: {} }, additionalProperties: false } },
      additionalProperties: false,
    });
  });

  it.each([[closed], [{ type: 'object' }], [{ type: 'object', properties: { a: {} }, additionalProperties: {} }]])(
    'returns the same schema where nothing is open: %j',
    (schema) => {
      expect(closeObjects(schema)).toBe(schema);
    },
  );
});
