import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Readonly<Record<string, unknown>>;

/** The documented response of one reply. */
interface DescribedReply {
  readonly headers?: Json;
  readonly content?: Readonly<Record<string, { readonly schema: Json }>>;
}

/** The committed OpenAPI document. */
export const apiDocument: Json & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { responses: Readonly<Record<string, Json>> }>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, Json>>>>;
} = JSON.parse(readFileSync(new URL('../../src/build/openapi/openapi.json', import.meta.url), 'utf8'));

/** Validates a value against a schema of the document, including its references. Returns the errors. */
export function findSchemaFaults(schema: Json, value: unknown, { strict = false } = {}): string[] {
  const validate = (strict ? ajvStrict : ajv).compile(resolveReferences(schema) as object);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `${instancePath} ${message} ${JSON.stringify(params)}`.trim(),
  );
}

const id = 'https://gateway.test/openapi.json';
const ajv = createAjv(apiDocument);
/** Validates against a copy of the document in which no object may have undocumented fields. */
const ajvStrict = createAjv({ ...apiDocument, components: closeObjects(apiDocument.components) as Json });

function createAjv(document: Json): Ajv2020 {
  const ajvInstance = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajvInstance);
  return ajvInstance.addSchema(document, id);
}

/** Returns a schema whose references point into the document. */
function resolveReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolveReferences);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    name === '$ref' && typeof inner === 'string' ? `${id}${inner}` : resolveReferences(inner),
  ]);
  return Object.fromEntries(entries);
}

function closeObjects(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closeObjects);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closeObjects(inner)]));
  return 'properties' in copy && !('additionalProperties' in copy) ? { ...copy, additionalProperties: false } : copy;
}

/** Finds the documented response of a route (`POST /v1/messages`) with a status. Throws if the document has none. */
function findReplyDescription(route: string, status: number): DescribedReply {
  const [method = '', path = ''] = route.split(' ');
  const responses = apiDocument.paths[path]?.[method.toLowerCase()]?.responses;
  const response = responses?.[status] ?? responses?.default;
  if (!response) throw new Error(`The document does not speak of ${route} ${status}.`);
  const { $ref } = response;
  return typeof $ref === 'string' ? (apiDocument.components.responses?.[$ref.split('/').at(-1) ?? ''] ?? {}) : response;
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Compares a reply with the document and returns the faults of its status, content type, headers, body and events. */
export function findReplyFaults(
  route: string,
  { status, headers, text }: Reply,
  options?: { strict: boolean },
): string[] {
  const described = findReplyDescription(route, status);
  const describedHeaders = new Set(Object.keys(described.headers ?? {}).map((name) => name.toLowerCase()));
  const documentHeaders = Object.keys(apiDocument.components.headers ?? {}).map((name) => name.toLowerCase());
  const faults = [
    ...['x-request-id', 'server-timing'].filter((name) => !headers.has(name)).map((name) => `${name} is missing`),
    ...documentHeaders
      .filter((name) => headers.has(name) && !describedHeaders.has(name))
      .map((name) => `${name} is not spoken of`),
  ];
  const mediaType = headers.get('content-type')?.split(';')[0] ?? '';
  const content = described.content?.[mediaType];
  if (!content) return described.content || text ? [...faults, `content type ${mediaType} is not spoken of`] : faults;
  if (mediaType !== 'application/json' && mediaType !== 'text/event-stream') return faults;
  const values = mediaType === 'text/event-stream' ? parseEventData(text) : [JSON.parse(text)];
  return [...faults, ...values.flatMap((value) => findSchemaFaults(content.schema, value, options))];
}

/** Returns the data of a stream's events. */
export function parseEventData(text: string): unknown[] {
  const data = text.split('\n').filter((line) => line.startsWith('data:') && line.trim() !== 'data:');
  return data
    .map((line) => line.slice('data:'.length).trim())
    .flatMap((json) => (json === '[DONE]' ? [] : JSON.parse(json)));
}
