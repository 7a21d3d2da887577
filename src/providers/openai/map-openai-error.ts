import type { GatewayError } from '../../domain/errors.ts';
import { isContextOverflow } from '../context-overflow.ts';
import { mapProviderFailure, type ProviderFailure, type Vendor } from '../provider-error.ts';
import { readErrorBody } from '../read-error-body.ts';

/** The error that a reply outside 2xx stands for. Reads a body of any content: JSON of any shape, HTML, nothing. */
export async function mapOpenAiErrorResponse(response: Response, vendor: Vendor): Promise<GatewayError> {
  const { text, isWhole } = await readErrorBody(response);
  const { status, headers } = response;
  return mapProviderFailure({
    ...toFailure(parse(text), vendor),
    status,
    headers,
    body: isWhole ? text : undefined,
  });
}

/**
 * The error that a vendor sent as data under status 200, whole or in the middle of a stream. `body` is the JSON that it stood in.
 */
export function mapOpenAiInBandError(error: unknown, vendor: Vendor, body?: string): GatewayError {
  const failure = toFailure({ error }, vendor);
  return mapProviderFailure({ ...failure, status: findInBandStatus(error, failure), body });
}

function toFailure(body: unknown, vendor: Vendor): Pick<ProviderFailure, 'vendor' | 'kind' | 'message'> {
  return { vendor, kind: kindOf(body), message: messageOf(body) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page, or JSON that was cut off: a piece of that is no message.
    return /^\s*[<{[]/.test(text) ? undefined : text;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** OpenAI's `{error: {message}}`, and what compatible vendors write: a string, `{detail}`, a list of `{loc, msg}`. */
function messageOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() || undefined;
  if (Array.isArray(value)) return value.map(messageOf).filter(Boolean).join('; ') || undefined;
  if (!isRecord(value)) return undefined;
  if (typeof value.msg === 'string') {
    return Array.isArray(value.loc) ? `${value.loc.join('.')}: ${value.msg}` : value.msg;
  }
  return messageOf(value.error) ?? messageOf(value.message) ?? messageOf(value.detail);
}

function kindOf(value: unknown): string | undefined {
  if (!isRecord(value)) return undefined;
  const candidates = [value.code, value.type];
  return kindOf(value.error) ?? candidates.find((kind): kind is string => typeof kind === 'string' && kind !== '');
}

const statusByKind = new Map([
  ['invalid_request_error', 400],
  ['context_length_exceeded', 400],
  ['authentication_error', 401],
  ['invalid_api_key', 401],
  ['permission_error', 403],
  ['model_not_found', 404],
  ['insufficient_quota', 429],
  ['rate_limit_error', 429],
  ['rate_limit_exceeded', 429],
]);

/** The status that an error without one would have come with: a number in it, else by its kind or its words, else 500. */
function findInBandStatus(error: unknown, failure: Pick<ProviderFailure, 'kind' | 'message'>): number {
  const { code, status } = isRecord(error) ? error : {};
  const byKind = [status, code].find(isErrorStatus) ?? statusByKind.get(failure.kind ?? '');
  return byKind ?? (isContextOverflow(failure) ? 400 : 500);
}

function isErrorStatus(value: unknown): value is number {
  return typeof value === 'number' && value >= 400 && value <= 599;
}
