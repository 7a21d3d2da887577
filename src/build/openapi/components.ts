import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { toJsonSchema } from './json-schema.ts';

export type OpenApiRegistry = OpenAPIHono['openAPIRegistry'];

/** What the document says of a schema beside its type. */
export interface About {
  readonly description: string;
  readonly examples?: readonly unknown[];
}

/** The schemas that have a name in the document. */
const named = z.registry<{ id: string }>();

/** Gives a schema its name in the document: wherever it is used, it is referred to. */
export function component<T extends z.ZodType>(id: string, schema: T, { description, examples }: About): T {
  const described = schema.meta({ description, ...(examples && { examples: [...examples] }) });
  named.add(described, { id });
  return described;
}

/** A reference to a schema that has a name. */
export function refTo(schema: z.ZodType): { $ref: string } {
  const id = named.get(schema)?.id;
  if (id === undefined) throw new Error('A schema without a name cannot be referred to.');
  return { $ref: `#/components/schemas/${id}` };
}

/** Writes the schemas that have a name into the document. */
export function registerSchemas(registry: OpenApiRegistry): void {
  const { schemas } = z.toJSONSchema(named, { ...toJsonSchema, uri: (id) => `#/components/schemas/${id}` });
  for (const [id, { $schema, $id, ...schema }] of Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))) {
    registry.registerComponent('schemas', id, schema as Parameters<OpenApiRegistry['registerComponent']>[2]);
  }
}
