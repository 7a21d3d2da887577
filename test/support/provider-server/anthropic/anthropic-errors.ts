import type { z } from 'zod';
import type { Failure, Refusal } from '../protocol.ts';
import { firstIssue, valueAt } from '../schema-issue.ts';

/** An error as Anthropic writes it. */
export function anthropicRefusal(status: number, type: string, message: string): Refusal {
  return { status, body: JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_test_0001' }) };
}

/** A 400 `invalid_request_error`. */
export function invalidRequest(message: string): Refusal {
  return anthropicRefusal(400, 'invalid_request_error', message);
}

const typeWords: Record<string, string> = {
  string: 'a valid string',
  int: 'a valid integer',
  number: 'a valid number',
  boolean: 'a valid boolean',
  array: 'a valid list',
  object: 'a valid dictionary',
};

/** Returns the first issue as Anthropic's error message. Source: error bodies quoted in public bug reports. */
export function refuseIssues(error: z.ZodError, body: unknown): Refusal {
  const issue = firstIssue(error);
  const path = issue?.path ?? [];
  const field = path.map(String).join('.');
  if (issue?.code === 'unrecognized_keys') {
    return invalidRequest(`${[...path, issue.keys[0] ?? ''].map(String).join('.')}: Extra inputs are not permitted`);
  }
  if (valueAt(body, path) === undefined) return invalidRequest(`${field}: Field required`);
  switch (issue?.code) {
    case 'too_small':
      return invalidRequest(`${field}: must be greater than or equal to ${issue.minimum}`);
    case 'invalid_type':
      return invalidRequest(`${field}: Input should be ${typeWords[issue.expected] ?? issue.expected}`);
    case 'invalid_value':
      return invalidRequest(
        `${field}: Input should be ${issue.values.map((value) => `'${String(value)}'`).join(' or ')}`,
      );
    case 'invalid_union':
      return invalidRequest(`${field}: Input tag does not match any of the expected tags`);
    default:
      return invalidRequest(`${field}: ${issue?.message ?? 'Input is not valid'}`);
  }
}

const failures: Record<number, [type: string, message: string]> = {
  400: ['invalid_request_error', 'The request is not valid.'],
  401: ['authentication_error', 'invalid x-api-key'],
  402: ['billing_error', 'Your credit balance is too low to access the Anthropic API.'],
  403: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
  404: ['not_found_error', 'model: claude-gone'],
  413: ['request_too_large', 'Request exceeds the maximum size'],
  429: ['rate_limit_error', "This request would exceed your account's rate limit. Please try again later."],
  500: ['api_error', 'Internal server error'],
  503: ['api_error', 'Service unavailable'],
  529: ['overloaded_error', 'Overloaded'],
};

/** Returns the body of a failure that a scenario requests. */
export function writeFailure({ status, kind, message }: Failure): string {
  const [type, text] = failures[status] ?? ['api_error', `The request failed with status ${status}.`];
  return anthropicRefusal(status, kind ?? type, message ?? text).body;
}
