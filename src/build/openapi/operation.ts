import type * as z from 'zod';
import type { ClientProtocol } from '../../protocols/protocol.ts';
import { refTo } from './components.ts';
import { type HeaderName, headerRefs, limitHeaders } from './headers.ts';

/** What a route is for whom: a key in either header, or nothing. */
export const withKey = { security: [{ ApiKey: [] }, { Bearer: [] }] };
export const withoutKey = { security: [] };

/** A reply that is JSON. */
export function json(schema: z.ZodType, description: string, headers: readonly HeaderName[] = []) {
  return {
    description,
    headers: headerRefs(headers),
    content: { 'application/json': { schema: refTo(schema) } },
  };
}

/** A reply that is JSON, or server-sent events where they were asked for. */
export function jsonOrEvents(
  { reply, event }: { readonly reply: z.ZodType; readonly event: z.ZodType },
  protocol: ClientProtocol,
) {
  return {
    description: 'The whole reply; with `stream` events while it is produced, of which the schema tells the data.',
    headers: headerRefs(limitHeaders[protocol]),
    content: { 'application/json': { schema: refTo(reply) }, 'text/event-stream': { schema: refTo(event) } },
  };
}

/** A reply of server-sent events, of which the schema tells the data. */
export function events(event: z.ZodType, description: string, headers: readonly HeaderName[] = []) {
  return { description, headers: headerRefs(headers), content: { 'text/event-stream': { schema: refTo(event) } } };
}

/** A body that is JSON. Where its schema has several examples, they get these names, by which a reader chooses one. */
export function body(schema: z.ZodType, names: readonly string[] = []) {
  const given = schema.meta()?.examples;
  const values: readonly unknown[] = Array.isArray(given) ? given : [];
  const examples = Object.fromEntries(names.map((name, index) => [name, { value: values[index] }]));
  const content = { schema: refTo(schema), ...(names.length > 0 && { examples }) };
  return { body: { required: true, content: { 'application/json': content } } };
}

/** A page or a file. */
export function file(mediaType: string, description: string) {
  return { description, headers: headerRefs(), content: { [mediaType]: { schema: { type: 'string' as const } } } };
}
