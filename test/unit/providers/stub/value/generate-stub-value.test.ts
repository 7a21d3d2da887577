import { Ajv } from 'ajv';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { generateStubValue } from '../../../../../src/providers/stub/value/generate-stub-value.ts';
import { hostileSchemas } from './hostile-schemas.ts';
import { draft7Schemas, satisfiableSchemas } from './satisfiable-schemas.ts';
import { unsatisfiableSchemas } from './unsatisfiable-schemas.ts';

// Of its own properties only: else each object would have a property `constructor`.
const options = { strict: false, logger: false, ownProperties: true, multipleOfPrecision: 9 } as const;
const ajv = new Ajv2020(options);
const ajvOfDraft7 = new Ajv(options);
for (const validator of [ajv, ajvOfDraft7]) addFormats.default(validator);

/** Each takes less than 100 ms of CPU. The clock goes on while a busy machine does other things. */
const maxMs = 3000;

function findErrors(validator: Ajv | Ajv2020, schema: unknown, value: unknown): unknown {
  const validate = validator.compile(schema as AnySchema);
  return validate(value) ? null : validate.errors;
}

describe('a satisfiable schema', () => {
  it.each(satisfiableSchemas)('gets a valid value: %s', (_, schema) => {
    const value = generateStubValue(schema);
    expect(value).toBeDefined();
    expect(findErrors(ajv, schema, value)).toBeNull();
  });

  it.each(draft7Schemas)('gets a valid value by draft 7: %s', (_, schema) => {
    const value = generateStubValue(schema);
    expect(value).toBeDefined();
    expect(findErrors(ajvOfDraft7, schema, value)).toBeNull();
  });

  it.each(satisfiableSchemas)('gets the same value again: %s', (_, schema) => {
    const again = JSON.parse(JSON.stringify(schema));
    expect(JSON.stringify(generateStubValue(again))).toBe(JSON.stringify(generateStubValue(schema)));
  });

  it('is left as it is', () => {
    for (const [, schema] of satisfiableSchemas) {
      const before = JSON.stringify(schema);
      generateStubValue(schema);
      expect(JSON.stringify(schema)).toBe(before);
    }
  });
});

describe('an unsatisfiable schema', () => {
  it.each(unsatisfiableSchemas)('gets no value: %s', (_, schema) => {
    expect(generateStubValue(schema)).toBeUndefined();
  });
});

describe('a hostile schema', () => {
  it.each(hostileSchemas)('gets a valid value or none within its time: %s', (_, schema) => {
    const startedAt = performance.now();
    const value = generateStubValue(schema);
    expect(performance.now() - startedAt).toBeLessThan(maxMs);
    expect(JSON.stringify(value)?.length ?? 0).toBeLessThan(1_000_000);
    expect(Object.prototype).not.toHaveProperty('polluted');
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('a');
  });

  it('has no effect on the next schema', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
    const value = generateStubValue(schema);
    for (const [, hostile] of hostileSchemas.slice(-40)) generateStubValue(hostile);
    expect(generateStubValue(schema)).toEqual(value);
  });
});

describe('the least that is needed', () => {
  it('leaves out what is optional', () => {
    const schema = {
      type: 'object',
      properties: { a: { const: 1 }, b: { const: 2 }, list: { type: 'array', items: { type: 'string' } } },
      required: ['a', 'list'],
    };
    expect(generateStubValue(schema)).toEqual({ a: 1, list: [] });
  });

  it('fills tuples and texts that may be empty', () => {
    const value = generateStubValue({ type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }] });
    expect(value).toEqual([expect.stringMatching(/^\w{4,12}$/), expect.any(Number)]);
  });
});

describe('a type beside the schema', () => {
  it.each([[undefined], [{}], [{ properties: {} }], [{ description: 'Nothing.' }]])(
    'makes an object of %j',
    (schema) => {
      expect(generateStubValue(schema, 'object')).toEqual({});
    },
  );

  it.each([[{ type: 'string' }], [{ $ref: '#/$defs/a', $defs: { a: { type: 'array' } } }], [false]])(
    'makes nothing of %j',
    (schema) => {
      expect(generateStubValue(schema, 'object')).toBeUndefined();
    },
  );
});
