import * as z from 'zod';
import { type ErrorCode, errorTable } from '../../domain/errors.ts';
import { component } from './components.ts';

const codes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]];

export const requestId = z
  .string()
  .meta({ description: 'The id of the call in the ledger.', examples: ['req_01K9Z3N4V6T8QW2R5Y7B9D1F3H'] });

export const errorMessage = z.string().meta({ description: 'What is wrong: it names the field and the fix.' });

export const errorCode = component('ErrorCode', z.enum(codes), {
  description: `What kind of error it is. ${codes.map((code) => `\`${code}\` ${errorTable[code].status}`).join(', ')}.`,
  examples: ['rate_limited'],
});

export const nativeError = component(
  'Error',
  z.object({ error: z.object({ code: errorCode, message: errorMessage, requestId }) }),
  {
    description: "An error on the gateway's own routes.",
  },
);

export const openAiError = component(
  'OpenAiError',
  z.object({
    error: z.object({
      message: errorMessage,
      type: z.string().meta({
        description:
          '`invalid_request_error`, `authentication_error`, `permission_error`, `not_found_error`, `insufficient_quota`, `rate_limit_error` or `server_error`.',
      }),
      param: z.string().nullish().meta({ description: 'The parameter that is wrong: `messages[2].content`.' }),
      code: z.string().nullish().meta({
        description:
          "A code by which OpenAI's clients know the case (`invalid_api_key`, `insufficient_quota`, `rate_limit_exceeded`, `model_not_found`, `context_length_exceeded`), else the gateway's own.",
      }),
    }),
  }),
  { description: "An error as OpenAI's clients read it, whole or as the last event of a stream." },
);

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
    }),
    request_id: requestId.nullish(),
  }),
  { description: "An error as Anthropic's clients read it, whole or as the last event of a stream." },
);

export const eitherError = component('OpenAiOrAnthropicError', z.union([openAiError, anthropicError]), {
  description: "As OpenAI's clients read it; with the header `anthropic-version` as Anthropic's do.",
});
