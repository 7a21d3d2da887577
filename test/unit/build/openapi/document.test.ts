import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { apiDocument, findSchemaFaults } from '../../../support/api-document.ts';

type Json = Readonly<Record<string, unknown>>;

/** Everything in the document that is an object, with where it stands. */
function* objectsIn(value: unknown, path = ''): Generator<readonly [path: string, object: Json]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Json];
  for (const [name, inner] of Object.entries(value)) {
    // What an example holds is no part of the document.
    if (!['example', 'examples'].includes(name)) yield* objectsIn(inner, `${path}/${name}`);
  }
}

const objects = [...objectsIn(apiDocument)];
const operations = Object.entries(apiDocument.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation as Json] as const),
);

test('matches the OpenAPI 3.1 schema', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(apiDocument));
  expect(errors ?? []).toEqual([]);
  expect([valid, validator.version]).toEqual([true, '3.1']);
});

test('defines exactly the components that it references', () => {
  const referredTo = objects.flatMap(([, { $ref }]) => (typeof $ref === 'string' ? [$ref] : []));
  const definitions = Object.entries(apiDocument.components)
    .filter(([kind]) => kind !== 'securitySchemes')
    .flatMap(([kind, named]) => Object.keys(named).map((name) => `#/components/${kind}/${name}`));
  expect([...new Set(referredTo)].sort()).toEqual(definitions.sort());
});

describe.each(operations)('%s', (route, operation) => {
  test('has an id, a summary, a tag, its security and its error statuses', () => {
    const { operationId, summary, tags, security, responses, parameters = [] } = operation;
    expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(summary).toMatch(/\w/);
    expect((apiDocument.tags as Json[]).map(({ name }) => name)).toContain((tags as string[])[0]);
    expect(Array.isArray(security)).toBe(true);
    const statuses = Object.keys(responses as object);
    // 101 opens a WebSocket.
    expect(statuses[0]).toMatch(/^2|^101$/);
    if ((security as []).length > 0) expect(statuses).toEqual(expect.arrayContaining(['401', '403', '500', '503']));
    const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect((parameters as Json[]).filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(inPath);
  });
});

test('every operationId is unique', () => {
  const ids = operations.map(([, { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every example matches its schema', () => {
  const faults: string[] = [];
  let count = 0;
  const check = (path: string, schema: Json, example: unknown) => {
    count += 1;
    faults.push(...findSchemaFaults(schema, example).map((fault) => `${path}: ${fault}`));
  };
  for (const [path, object] of objects) {
    if (Array.isArray(object.examples)) for (const example of object.examples) check(path, object, example);
    // Of a body: by their names.
    else if (object.examples && object.schema) {
      const values = Object.values(object.examples as Record<string, Json>).map(({ value }) => value);
      for (const value of values) check(path, object.schema as Json, value);
    }
    if ('example' in object) check(path, (object.schema as Json | undefined) ?? object, object.example);
  }
  expect(faults).toEqual([]);
  expect(count).toBeGreaterThan(80);
});

test('every field of the native schemas has a description, a $ref or a constant', () => {
  const undescribed: string[] = [];
  const own = ['ChatReply', 'StartEvent', 'ChunkEvent', 'DoneEvent', 'ErrorEvent', 'ChatRequest', 'JobRequest'];
  for (const name of own) {
    const { properties = {} } = apiDocument.components.schemas?.[name] ?? {};
    for (const [field, schema] of Object.entries(properties as Record<string, Json>)) {
      if (!schema.description && !schema.$ref && schema.const === undefined) undescribed.push(`${name}.${field}`);
    }
  }
  expect(undescribed).toEqual([]);
});
