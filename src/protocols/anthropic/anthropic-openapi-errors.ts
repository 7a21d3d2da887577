import * as z from 'zod';
import { component } from '../../build/openapi/components.ts';
import type { ErrorFormat } from '../../build/openapi/error-responses.ts';
import { errorMessage, requestId } from '../../build/openapi/error-schemas.ts';
import { type HeaderComponents, limitHeaders, numberSchema, textSchema } from '../../build/openapi/headers.ts';
import { anthropicProtocol } from './anthropic-protocol.ts';

/*
 * The errors of Anthropic's routes in the OpenAPI document. Not in the Worker's bundle: `encode-anthropic-error.ts` and
 * `rate-limit-headers.ts` write what is described here. Run `npm run openapi:print` after a change.
 */

/** An error in Anthropic's shape. Its SDKs choose the class of the exception by the status, and show `type` and `message`. */
export const anthropicError = component(
  'AnthropicError',
  z.object({
    type: z.literal('error'),
    error: z.object({
      type: z.string().meta({
        description:
          '`invalid_request_error`, `authentication_error`, `billing_error`, `permission_error`, `not_found_error`, `conflict_error`, `request_too_large`, `rate_limit_error`, `api_error`, `overloaded_error` or `timeout_error`.',
      }),
      message: errorMessage,
      details: z
        .object({ error_code: z.literal('thread_unsupported_request'), unsupported: z.array(z.string()) })
        .optional()
        .meta({ description: 'Of a request with `thread` that needs an own key for Claude. SDKs read it.' }),
    }),
    request_id: requestId.nullish(),
  }),
  { description: "An error as Anthropic's clients read it, whole or as the last event of a stream." },
);

const requestIdHeader: HeaderComponents = {
  'request-id': { description: "As `x-request-id`, for Anthropic's clients.", schema: textSchema },
};

const rateLimitHeaders: HeaderComponents = {
  'anthropic-ratelimit-requests-limit': { description: 'The limit of requests a minute.', schema: numberSchema },
  'anthropic-ratelimit-requests-remaining': { description: 'How many of them are left.', schema: numberSchema },
  'anthropic-ratelimit-requests-reset': {
    description: 'When the limit of requests is whole again.',
    schema: { ...textSchema, format: 'date-time' },
  },
  'anthropic-ratelimit-tokens-limit': { description: 'The limit of tokens a minute.', schema: numberSchema },
  'anthropic-ratelimit-tokens-remaining': { description: 'How many of them are left.', schema: numberSchema },
  'anthropic-ratelimit-tokens-reset': {
    description: 'When the limit of tokens is whole again.',
    schema: { ...textSchema, format: 'date-time' },
  },
};

/** The headers that only responses to Anthropic's clients have. */
export const anthropicHeaders: HeaderComponents = { ...requestIdHeader, ...rateLimitHeaders };

/** How the errors of a route are described: examples are made by the encoder itself, so that they cannot differ from it. */
export const anthropicErrors: ErrorFormat = {
  name: 'Anthropic',
  schema: anthropicError,
  encode: anthropicProtocol.errorBody,
  limitHeaders: [...Object.keys(requestIdHeader), ...limitHeaders, ...Object.keys(rateLimitHeaders)],
  headersOf: () => Object.keys(requestIdHeader),
};
