import { z } from '@hono/zod-openapi';
import { refTo } from './components.ts';
import { headerRefs } from './headers.ts';
import { securitySchemes } from './security-schemes.ts';

/** The key that a route needs: in any one of the headers, or none. */
export const withKey = { security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })) };
export const withoutKey = { security: [] };

/** A response that is JSON. */
export function json(schema: z.ZodType, description: string, headers: readonly string[] = []) {
  return {
    description,
    headers: headerRefs(headers),
    content: { 'application/json': { schema: refTo(schema) } },
  };
}

/** A response that is JSON, or server-sent events where the request asks for them. */
export function jsonOrEvents(
  { reply, event }: { readonly reply: z.ZodType; readonly event: z.ZodType },
  headers: readonly string[],
) {
  return {
    description: 'The whole reply; with `stream` events while it is produced, of which the schema tells the data.',
    headers: headerRefs(headers),
    content: { 'application/json': { schema: refTo(reply) }, 'text/event-stream': { schema: refTo(event) } },
  };
}

/** A response of server-sent events. The schema is that of their data. */
export function events(event: z.ZodType, description: string, headers: readonly string[] = []) {
  return { description, headers: headerRefs(headers), content: { 'text/event-stream': { schema: refTo(event) } } };
}

/** A request body that is JSON. `names` are those of its schema's examples, by which a reader chooses one. */
export function body(schema: z.ZodType, names: readonly string[] = []) {
  const values = schema.meta()?.examples;
  const list: readonly unknown[] = Array.isArray(values) ? values : [];
  const examples = Object.fromEntries(names.map((name, index) => [name, { value: list[index] }]));
  const content = { schema: refTo(schema), ...(names.length > 0 && { examples }) };
  return { body: { required: true, content: { 'application/json': content } } };
}

/** A page or a file. */
export function file(mediaType: string, description: string) {
  return { description, headers: headerRefs(), content: { [mediaType]: { schema: { type: 'string' as const } } } };
}

/** The header of a request that may be translated. */
export const strictHeader = z.object({
  'x-gateway-strict': z.enum(['true', 'false']).optional().openapi({
    description:
      '`true`: a field that the translation would drop is a 400 instead. `false` does not loosen a strict API key.',
  }),
});

/** The headers of a Responses request. */
export const responsesHeaders = strictHeader.extend({
  'x-gateway-webhook-url': z.string().optional().openapi({
    description: 'With `background`: receives an event when the response has ended. Left out: the URL of the tenant.',
  }),
  'idempotency-key': z.string().optional().openapi({
    description: 'With `background`: the same key with the same request gives the same response again, for 24 hours.',
  }),
});
