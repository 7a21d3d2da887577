import * as z from 'zod';
import { component } from '../../build/openapi/components.ts';
import type { ErrorFormat } from '../../build/openapi/error-responses.ts';
import { errorMessage } from '../../build/openapi/error-schemas.ts';
import { type HeaderComponents, limitHeaders, numberSchema, textSchema } from '../../build/openapi/headers.ts';
import { openAiProtocol } from './openai-protocol.ts';

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

const rateLimitHeaders: HeaderComponents = {
  'x-ratelimit-limit-requests': { description: 'The limit of requests a minute.', schema: numberSchema },
  'x-ratelimit-remaining-requests': { description: 'How many of them are left.', schema: numberSchema },
  'x-ratelimit-reset-requests': {
    description: 'When the limit of requests is whole again.',
    schema: { ...textSchema, examples: ['1m30s'] },
  },
  'x-ratelimit-limit-tokens': { description: 'The limit of tokens a minute.', schema: numberSchema },
  'x-ratelimit-remaining-tokens': { description: 'How many of them are left.', schema: numberSchema },
  'x-ratelimit-reset-tokens': {
    description: 'When the limit of tokens is whole again.',
    schema: { ...textSchema, examples: ['6s'] },
  },
};

/** Headers of OpenAI's own that come back with replies that are passed through. */
const processingHeaders: HeaderComponents = {
  'openai-processing-ms': {
    description: 'How long OpenAI has worked on a request that was passed through.',
    schema: textSchema,
  },
  'openai-version': { description: "The version of OpenAI's API.", schema: textSchema },
};

export const openAiHeaders: HeaderComponents = { ...rateLimitHeaders, ...processingHeaders };

export const openAiErrors: ErrorFormat = {
  name: 'OpenAi',
  schema: openAiError,
  encode: openAiProtocol.errorBody,
  limitHeaders: [...limitHeaders, ...Object.keys(openAiHeaders)],
};
