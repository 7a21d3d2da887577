import { GatewayError, invalidFieldError } from '../../../domain/errors.ts';
import { unambiguousFields } from '../../../lib/ambiguous-fields.ts';
import { findJsonSpans } from '../../../lib/find-json-spans.ts';
import { parseJsonBytes } from '../../../lib/parse-json-bytes.ts';
import { parsePreviousId } from '../find-previous-items.ts';

/** As of the body of a request. */
const maxMessageBytes = 10 * 1024 * 1024;

/** The fields that are read or changed before the message becomes the body of a request, which is checked like any other. */
const checkedFields = unambiguousFields([
  'type',
  'stream_id',
  'generate',
  'stream',
  'background',
  'store',
  'input',
  'previous_response_id',
]);

/** Those that a body does not have. */
const messageFields: ReadonlySet<string> = new Set(['type', 'stream_id', 'generate', 'stream']);

/** A message of a client: a JSON object. */
export interface ClientMessage {
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** `response.create`, checked as far as the connection needs it. */
export interface ResponseCreate {
  readonly previousResponseId: string | undefined;
  /** False: the input is only kept, and no model is asked. */
  readonly generate: boolean;
  readonly store: unknown;
  readonly input: unknown;
  readonly fields: Readonly<Record<string, unknown>>;
  /** JSON texts by the names of the fields of the body. */
  readonly members: ReadonlyMap<string, string>;
}

/** Parses a message. Throws `payload_too_large` and `invalid_request`. */
export async function parseClientMessage(message: string): Promise<ClientMessage> {
  const tooLarge = () => new GatewayError('payload_too_large', 'The message is larger than 10 MiB.');
  if (message.length > maxMessageBytes) throw tooLarge();
  const bytes = new TextEncoder().encode(message);
  if (bytes.byteLength > maxMessageBytes) throw tooLarge();
  const { text, value } = await parseJsonBytes(bytes, { fields: checkedFields, subject: 'The message' });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GatewayError('invalid_request', 'The message is not a JSON object.');
  }
  return { text, fields: value as Readonly<Record<string, unknown>> };
}

/** Returns the name of the stream that a message belongs to. Throws `invalid_request` with the code that OpenAI has for it. */
export function parseStreamId({ fields: { stream_id: id } }: ClientMessage): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id === 'string' && /^[\w.-]{1,256}$/.test(id)) return id;
  const message = 'must be 1 to 256 letters, digits, underscores, hyphens and periods, or be left out';
  throw new GatewayError('invalid_request', [{ path: ['stream_id'], message }], { reason: 'invalid_stream_id' });
}

/** Parses a `response.create`. Throws `invalid_request`. */
export function parseResponseCreate({ text, fields }: ClientMessage): ResponseCreate {
  if (fields.type !== 'response.create') throw invalidFieldError(['type'], 'must be response.create');
  const generate = fields.generate ?? true;
  if (typeof generate !== 'boolean') throw invalidFieldError(['generate'], 'must be true or false');
  if (fields.background) {
    throw invalidFieldError(['background'], 'cannot be sent over a WebSocket: leave it out, or send a POST request');
  }
  const members = new Map<string, string>();
  for (const { path, start, end } of findJsonSpans(text, ['{}'])) {
    const name = String(path[0]);
    if (!messageFields.has(name)) members.set(name, text.slice(start, end));
  }
  return {
    previousResponseId: parsePreviousId(fields) ?? undefined,
    generate,
    store: fields.store,
    input: fields.input,
    fields,
    members,
  };
}

/** Returns the items of an input as JSON, joined by commas, and their number. A text is a message. Undefined for any other value. */
export function toInputItems({ input, members }: ResponseCreate): { items: string; itemCount: number } | undefined {
  const json = members.get('input') ?? 'null';
  if (Array.isArray(input)) return { items: json.slice(1, -1).trim(), itemCount: input.length };
  if (typeof input === 'string') return { items: `{"role":"user","content":${json}}`, itemCount: 1 };
  return input === undefined || input === null ? { items: '', itemCount: 0 } : undefined;
}

/**
 * Returns the body of the request that a message stands for: streamed, and the items that it continues before its input. Numbers
 * keep their digits.
 */
export function encodeRequestBody(create: ResponseCreate, previousItems: string | undefined): string {
  const members = new Map(create.members);
  const own = toInputItems(create);
  if (previousItems !== undefined && own) {
    members.delete('previous_response_id');
    members.set('input', `[${[previousItems, own.items].filter((items) => items !== '').join()}]`);
  }
  members.set('stream', 'true');
  return `{${[...members].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`;
}
