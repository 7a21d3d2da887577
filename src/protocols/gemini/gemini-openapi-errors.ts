import * as z from 'zod';
import { component } from '../../build/openapi/components.ts';
import type { ErrorFormat } from '../../build/openapi/error-responses.ts';
import { errorMessage } from '../../build/openapi/error-schemas.ts';
import { limitHeaders } from '../../build/openapi/headers.ts';
import { geminiProtocol } from './gemini-protocol.ts';

export const geminiError = component(
  'GeminiError',
  z.object({
    error: z.object({
      code: z.int().meta({ description: 'The HTTP status.' }),
      message: errorMessage,
      status: z.string().meta({
        description:
          '`INVALID_ARGUMENT`, `UNAUTHENTICATED`, `PERMISSION_DENIED`, `NOT_FOUND`, `UNIMPLEMENTED`, `ABORTED`, `RESOURCE_EXHAUSTED`, `INTERNAL`, `UNAVAILABLE` or `DEADLINE_EXCEEDED`.',
      }),
      details: z
        .array(z.looseObject({ '@type': z.string() }))
        .optional()
        .meta({ description: 'The wrong fields (`BadRequest`), and when to come back (`RetryInfo`).' }),
    }),
  }),
  { description: "An error as Gemini's clients read it, whole or as the last entry of a stream." },
);

export const geminiErrors: ErrorFormat = {
  name: 'Gemini',
  schema: geminiError,
  encode: geminiProtocol.errorBody,
  limitHeaders,
};
