import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';

const file = fileURLToPath(new URL('../../../../shared/open-responses/openapi.json', import.meta.url).href);
/** Whether the document of Open Responses is there. */
export const areSchemasThere = existsSync(file);
if (!areSchemasThere)
  console.warn(`SKIPPED: ${file} is not there, so no response is validated against Open Responses.`);

interface Document {
  components: { schemas: Record<string, { properties?: Record<string, { enum?: string[]; anyOf?: object[] }> }> };
}

interface Schemas {
  /** Lists what is wrong with a value by the schema of a name. */
  validate(name: string, value: unknown): unknown[];
  /** Lists what is wrong with the events of a stream, or with the messages of a WebSocket, whose errors have another schema. */
  findFaults(events: readonly StreamEvent[], transport?: 'stream' | 'socket'): unknown[];
}

/** An event of a stream, or a message of a WebSocket. */
export interface StreamEvent {
  readonly type: string;
  readonly response?: Readonly<Record<string, unknown>>;
  readonly item?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
  readonly delta?: unknown;
  readonly sequence_number?: number;
}

/** Opens the schemas of Open Responses. Without their document nothing is wrong. */
export function openSchemas(): Schemas {
  if (!areSchemasThere) return { validate: () => [], findFaults: () => [] };
  const document: Document = JSON.parse(readFileSync(file, 'utf8'));
  const { schemas } = document.components;
  // The document has lost the schema's own type here: by it a schema could only be null.
  schemas.JsonSchemaResponseFormat?.properties?.schema?.anyOf?.push({ type: 'object' });
  const ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: false });
  ajv.addSchema(document, 'open-responses');
  const names = new Map(
    Object.entries(schemas).flatMap(([name, { properties }]) =>
      name.endsWith('StreamingEvent') ? (properties?.type?.enum ?? []).map((type) => [type, name] as const) : [],
    ),
  );
  const validate = (name: string, value: unknown): unknown[] => {
    const validator = ajv.getSchema(`open-responses#/components/schemas/${name}`);
    return validator?.(value) ? [] : (validator?.errors ?? [`no schema ${name}`]);
  };
  const findFaults: Schemas['findFaults'] = (events, transport = 'stream') =>
    events.flatMap((event) => {
      const isSocketError = transport === 'socket' && event.type === 'error';
      return validate(isSocketError ? 'WebSocketErrorEvent' : (names.get(event.type) ?? event.type), event);
    });
  return { validate, findFaults };
}

/** Reads the events of a stream. */
export function readEvents(stream: string): StreamEvent[] {
  return [...stream.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data));
}
