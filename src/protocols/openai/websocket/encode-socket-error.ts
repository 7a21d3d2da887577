import { type GatewayError, toGatewayError } from '../../../domain/errors.ts';
import { toJsonLine } from '../../../lib/to-json-line.ts';
import { describeOpenAiCode, encodeOpenAiError } from '../encode-openai-error.ts';

/** What a message says beside its event. */
export interface MessageExtras {
  readonly stream_id?: string | undefined;
  /** What the headers of the reply would be over HTTP. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The error of a turn or of the connection, as OpenAI's clients read it. */
interface SocketError {
  readonly status: number;
  readonly error: {
    readonly type: string;
    /** The type, where the provider has no code: over a WebSocket there is always one. */
    readonly code: string;
    readonly message: string;
    readonly param: string | null;
  };
}

/** Encodes what a message was refused with. */
export function encodeSocketError(thrown: unknown, extras: MessageExtras = {}): string {
  const error = toGatewayError(thrown);
  return encode(describe(error), extras);
}

/** Encodes the reply of a request that was refused: its body is an error of this gateway, or one of the provider. */
export function encodeErrorReply(status: number, body: string, extras: MessageExtras): string {
  return encode({ status, error: readError(parseObject(body), status) }, extras);
}

/** Encodes the event in which a stream breaks off. Over HTTP its error is flat and has no status. */
export function encodeErrorEvent(data: string, extras: MessageExtras): string {
  const event = parseObject(data);
  const nested = isObject(event.error) ? event.error : event;
  const { status } = describeOpenAiCode(asText(nested.code) ?? '');
  return encode({ status, error: readError({ error: nested }, status) }, extras, event.sequence_number);
}

function describe(error: GatewayError): SocketError {
  return { status: error.status, error: encodeOpenAiError(error).error };
}

function encode({ status, error }: SocketError, extras: MessageExtras, sequence_number?: unknown): string {
  // OpenAI has 400 for it over WebSocket, and clients look for both.
  const isUnknownResponse = error.code === 'previous_response_not_found';
  return toJsonLine({
    type: 'error',
    status: isUnknownResponse ? 400 : status,
    error: isUnknownResponse ? { ...error, type: 'invalid_request_error' } : error,
    sequence_number,
    ...extras,
  });
}

function readError({ error }: Readonly<Record<string, unknown>>, status: number): SocketError['error'] {
  const fields = isObject(error) ? error : {};
  const code = asText(fields.code);
  // In a flat event this is the type of the event.
  const ownType = asText(fields.type);
  const type = ownType === undefined || ownType === 'error' ? describeType(code, status) : ownType;
  return {
    type,
    code: code ?? type,
    message: asText(fields.message) ?? `The request failed with status ${status}.`,
    param: asText(fields.param) ?? null,
  };
}

function describeType(code: string | undefined, status: number): string {
  if (code !== undefined) return describeOpenAiCode(code).type;
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function parseObject(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
