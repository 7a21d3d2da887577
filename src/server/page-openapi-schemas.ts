import * as z from 'zod';
import { component } from '../build/openapi/components.ts';
import { errorCode, requestId } from '../build/openapi/error-schemas.ts';

export const health = component('Health', z.object({ status: z.literal('ok') }), {
  description: 'The gateway runs.',
  examples: [{ status: 'ok' }],
});

const check = z.object({
  ok: z.boolean(),
  ms: z.number().min(0).meta({ description: 'How long it took to answer, in milliseconds.' }),
});

export const readiness = component(
  'Readiness',
  z.object({ status: z.enum(['ok', 'unavailable']), checks: z.object({ postgres: check, redis: check }) }),
  {
    description: 'Whether the gateway and what it needs run.',
    examples: [{ status: 'ok', checks: { postgres: { ok: true, ms: 3 }, redis: { ok: true, ms: 2 } } }],
  },
);

export const graphQlRequest = component(
  'GraphQlRequest',
  z.looseObject({
    query: z.string(),
    variables: z.record(z.string(), z.unknown()).nullish(),
    operationName: z.string().nullish(),
    extensions: z.record(z.string(), z.unknown()).nullish(),
  }),
  { description: 'One operation.', examples: [{ query: 'query { me { id name active } }' }] },
);

export const graphQlReply = component(
  'GraphQlReply',
  z.object({
    data: z.record(z.string(), z.unknown()).nullish(),
    errors: z
      .array(
        z.object({
          message: z.string(),
          path: z.array(z.union([z.string(), z.int()])).optional(),
          locations: z.array(z.object({ line: z.int(), column: z.int() })).optional(),
          extensions: z.object({ code: errorCode, requestId: requestId.optional() }),
        }),
      )
      .optional(),
  }),
  {
    description: 'What the operation gives, and what went wrong in it.',
    examples: [{ data: { me: { id: 'ten_01K9Z3N4V6T8QW2R5Y7B9D1F3H', name: 'dev', active: true } } }],
  },
);

export const docsSettings = component('DocsSettings', z.object({ apiKey: z.string().optional() }), {
  description: 'The key that the page fills in. Absent where the gateway is deployed.',
  examples: [{ apiKey: 'dev-api-key-12345' }],
});

export const consoleSettings = component('ConsoleSettings', z.object({ apiKey: z.string().optional() }), {
  description: 'The public dev key of a local gateway. Absent where the gateway is deployed.',
  examples: [{ apiKey: 'dev-api-key-12345' }],
});

export const playgroundSettings = component(
  'PlaygroundSettings',
  z.object({ headers: z.record(z.string(), z.string()) }),
  { description: 'What the playground fills in by itself.', examples: [{ headers: { 'X-API-Key': 'YOUR_API_KEY' } }] },
);
