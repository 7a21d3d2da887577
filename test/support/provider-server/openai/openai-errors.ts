import type { z } from 'zod';
import type { Failure, Refusal } from '../protocol.ts';
import { firstIssue, valueAt } from '../schema-issue.ts';

interface OpenAiError {
  readonly message: string;
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

/** An error as OpenAI writes it; `type` is `invalid_request_error` unless given. */
export function openAiRefusal(status: number, { message, type, param, code }: OpenAiError): Refusal {
  const error = { message, type: type ?? 'invalid_request_error', param: param ?? null, code: code ?? null };
  return { status, body: JSON.stringify({ error }, null, 2) };
}

export function unsupportedParameter(param: string, instead = ''): Refusal {
  const message = `Unsupported parameter: '${param}' is not supported with this model.${instead}`;
  return openAiRefusal(400, { message, param, code: 'unsupported_parameter' });
}

/** The real text, which repeats the first eight and the last four characters of the key. */
export function wrongKey(key: string): Refusal {
  const shown = `${key.slice(0, 8)}${'*'.repeat(Math.max(0, key.length - 12))}${key.slice(-4)}`;
  return openAiRefusal(401, {
    message: `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`,
    code: 'invalid_api_key',
  });
}

const decimals = ['temperature', 'top_p', 'frequency_penalty', 'presence_penalty'];

/** Returns the first issue as OpenAI's error message. Source: error bodies quoted in public bug reports. */
export function refuseIssues(error: z.ZodError, body: unknown): Refusal {
  const issue = firstIssue(error);
  const param = pathText(issue?.path ?? []);
  const value = valueAt(body, issue?.path ?? []);
  const refuse = (message: string, code: string) => openAiRefusal(400, { message, param, code });
  const kind = decimals.includes(param) ? 'decimal' : 'integer';
  switch (issue?.code) {
    case 'unrecognized_keys':
      return unknownParameters(issue.keys, param);
    case 'too_big':
      return Array.isArray(value)
        ? refuse(
            `Invalid '${param}': array too long. Expected an array with maximum length ${issue.maximum}, but got an array with length ${value.length} instead.`,
            'array_above_max_length',
          )
        : refuse(
            `Invalid '${param}': ${kind} above maximum value. Expected a value <= ${issue.maximum}, but got ${value} instead.`,
            `${kind}_above_max_value`,
          );
    case 'too_small':
      return Array.isArray(value)
        ? refuse(
            `Invalid '${param}': empty array. Expected an array with minimum length ${issue.minimum}, but got an empty array instead.`,
            'empty_array',
          )
        : refuse(
            `Invalid '${param}': ${kind} below minimum value. Expected a value >= ${issue.minimum}, but got ${value} instead.`,
            `${kind}_below_min_value`,
          );
    case 'invalid_union':
      if (issue.discriminator === undefined || value === undefined) break;
      return refuse(`Invalid value: '${value}'.${supportedValues(param)}`, 'invalid_value');
  }
  if (value === undefined) return refuse(`Missing required parameter: '${param}'.`, 'missing_required_parameter');
  const expected = issue?.code === 'invalid_type' ? issue.expected : 'another value';
  return refuse(
    `Invalid type for '${param}': expected ${expected}, but got ${typeName(value)} instead.`,
    'invalid_type',
  );
}

function unknownParameters(keys: readonly string[], parent: string): Refusal {
  if (parent !== '') {
    const param = `${parent}.${keys[0]}`;
    return openAiRefusal(400, { message: `Unknown parameter: '${param}'.`, param, code: 'unknown_parameter' });
  }
  const noun = keys.length === 1 ? 'argument' : 'arguments';
  return openAiRefusal(400, { message: `Unrecognized request ${noun} supplied: ${keys.join(', ')}` });
}

function supportedValues(param: string): string {
  return param.endsWith('.role')
    ? " Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'."
    : '';
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index ? '.' : ''}${String(key)}`))
    .join('');
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

const failures: Record<number, OpenAiError> = {
  402: {
    message: 'Your organization org-Q9zTest must add a payment method.',
    type: 'billing_error',
    code: 'billing_not_active',
  },
  403: {
    message: 'Project `proj_Q9zTest` does not have access to this.',
    code: 'unsupported_country_region_territory',
  },
  404: { message: 'The model `gpt-gone` does not exist or you do not have access to it.', code: 'model_not_found' },
  429: {
    message:
      'Rate limit reached for gpt-4o-mini in organization org-Q9zTest on requests per min (RPM): Limit 3, Used 3, Requested 1.',
    type: 'requests',
    code: 'rate_limit_exceeded',
  },
  500: { message: 'The server had an error while processing your request. Sorry about that!', type: 'server_error' },
  503: { message: 'That model is currently overloaded with other requests.', type: 'server_error' },
};

/** Returns the body of a failure that a scenario requests. */
export function writeFailure({ status, kind, message, key = '' }: Failure): string {
  if (status === 401 && message === undefined) return wrongKey(key).body;
  const defaults = failures[status] ?? { message: `The request failed with status ${status}.` };
  const quota = 'You exceeded your current quota, please check your plan and billing details.';
  const text = message ?? (kind === 'insufficient_quota' ? quota : defaults.message);
  const overrides = kind === undefined ? {} : { type: kind, code: kind };
  return openAiRefusal(status, { ...defaults, message: text, ...overrides }).body;
}
