import type { ErrorCode, GatewayError } from '../../domain/errors.ts';
import { chatRequestSchema } from './openai-chat-request-schema.ts';

/** An error as OpenAI's clients read it, whole or in a stream. */
export interface OpenAiError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    /** The parameter that is wrong: `messages[2].content`. */
    readonly param: string | null;
    readonly code: string;
  };
}

const types: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'invalid_request_error',
  unauthorized: 'authentication_error',
  budget_exceeded: 'insufficient_quota',
  forbidden: 'permission_error',
  not_found: 'not_found_error',
  conflict: 'invalid_request_error',
  payload_too_large: 'invalid_request_error',
  unprocessable: 'invalid_request_error',
  rate_limited: 'rate_limit_error',
  internal: 'server_error',
  provider_error: 'server_error',
  unavailable: 'server_error',
  provider_timeout: 'server_error',
};

/** The codes by which clients of OpenAI's know a case; the others are the gateway's own. */
const wellKnownCodes: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'invalid_api_key',
  budget_exceeded: 'insufficient_quota',
  rate_limited: 'rate_limit_exceeded',
};

/** What is said of a prompt that is too long by OpenAI and its likes, by Anthropic, and by servers of open models. */
const aboutContextLength =
  /maximum context length|context_length_exceeded|prompt is too long|exceeds? (?:the )?(?:available )?context/i;

/** Parameters of `/v1` routes; those of other routes than this folder's stand beside. */
const parameters: ReadonlySet<string> = new Set([
  ...Object.keys(chatRequestSchema.shape),
  'input',
  'dimensions',
  'encoding_format',
  'background',
  'max_output_tokens',
]);

/** What an error is called in OpenAI's protocol. */
export function encodeOpenAiError(error: GatewayError): OpenAiError {
  const { code, message } = error;
  return { error: { message, type: types[code], param: paramOf(message), code: codeOf(code, message) } };
}

function codeOf(code: ErrorCode, message: string): string {
  if (code === 'not_found' && /\bmodel\b/i.test(message)) return 'model_not_found';
  if (code === 'invalid_request' && aboutContextLength.test(message)) return 'context_length_exceeded';
  return wellKnownCodes[code] ?? code;
}

/** The field that a message begins with: `messages[2].content: must be…`, `temperature must be…`, `"foo" is not…`. */
function paramOf(message: string): string | null {
  const unknown = /^"([^"]{1,64})" is not a known field/.exec(message)?.[1];
  if (unknown !== undefined) return unknown;
  const [path, name] = /^([A-Za-z_]\w*)(?:\.\w+|\[(?:\d+|"[^"]{1,64}")\])*(?=[:\s])/.exec(message) ?? [];
  if (path === undefined || name === undefined) return null;
  return parameters.has(name) || message.startsWith(`${path}: is not a known field`) ? path : null;
}
