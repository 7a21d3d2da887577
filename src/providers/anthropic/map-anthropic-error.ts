import * as z from 'zod';
import type { GatewayError } from '../../domain/errors.ts';
import { mapProviderFailure, type Vendor } from '../provider-error.ts';
import { readErrorBody } from '../read-error-body.ts';

/** Anthropic's error object, whole or in a stream: `{"type":"error","error":{"type":"overloaded_error","message":…}}`. */
export const errorBodySchema = z.object({
  error: z.object({ type: z.string().optional().catch(undefined), message: z.string().optional().catch(undefined) }),
});

interface AnthropicError {
  /** Absent for an error that came under status 200: its type says which status it would have had. */
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
  readonly type?: string | null | undefined;
  readonly message?: string | null | undefined;
  /** The JSON that it stood in. Absent where that is not known in full. */
  readonly body?: string | undefined;
}

/** Source: platform.claude.com/docs, "Errors". The vendor's own time-out is the caller's 408, as for every provider. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['timeout_error', 408],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['overloaded_error', 529],
]);

/** What an error of Anthropic's becomes for the caller, wherever in a reply it stood. */
export function mapAnthropicError(
  { status, headers, type, message, body }: AnthropicError,
  vendor: Vendor,
): GatewayError {
  return mapProviderFailure({
    vendor,
    status: status ?? statuses.get(type ?? '') ?? 500,
    headers,
    kind: type ?? undefined,
    message: message ?? undefined,
    body,
  });
}

/** The error that a reply outside 2xx stands for. Reads a body of any content. */
export async function mapAnthropicErrorResponse(response: Response, vendor: Vendor): Promise<GatewayError> {
  const { status, headers } = response;
  const { text, isWhole } = await readErrorBody(response);
  const { error } = errorBodySchema.safeParse(parse(text)).data ?? {};
  const body = isWhole ? text : undefined;
  return mapAnthropicError({ status, headers, type: error?.type, message: error?.message, body }, vendor);
}

/** Throws the error that a reply of status 200 is. */
export function throwAnthropicError(body: string, vendor: Vendor): void {
  const { error } = errorBodySchema.safeParse(parse(body)).data ?? {};
  if (error) throw mapAnthropicError({ ...error, body }, vendor);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
