import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { toJsonSchema } from './json-schema.ts';

export type OpenApiRegistry = OpenAPIHono['openAPIRegistry'];

/** What the document says of a schema beside its type. */
export interface ComponentDescription {
  readonly description: string;
  readonly examples?: readonly unknown[];
}

/** The schemas that have a name in the document. */
const components = z.registry<{ id: string }>();

/** Gives a schema a name in the document, which then refers to it. */
export function component<T extends z.ZodType>(
  id: string,
  schema: T,
  { description, examples }: ComponentDescription,
): T {
  const withDescription = schema.meta({ description, ...(examples && { examples: [...examples] }) });
  components.add(withDescription, { id });
  return withDescription;
}

/** Returns a reference to a schema that has a name. Throws where it has none. */
export function refTo(schema: z.ZodType): { $ref: string } {
  const id = components.get(schema)?.id;
  if (id === undefined) throw new Error('The schema has no name: make it a component.');
  return { $ref: `#/components/schemas/${id}` };
}

/** Writes the schemas that have a name into the document. */
export function registerSchemas(registry: OpenApiRegistry): void {
  const { schemas } = z.toJSONSchema(components, { ...toJsonSchema, uri: (id) => `#/components/schemas/${id}` });
  for (const [id, { $schema, $id, ...schema }] of Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))) {
    registry.registerComponent('schemas', id, schema as Parameters<OpenApiRegistry['registerComponent']>[2]);
  }
}
