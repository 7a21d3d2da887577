import * as z from 'zod';
import { reasoningEfforts } from '../domain/reasoning-effort.ts';

const maxParamsBytes = 4096;
const requestFieldMessage = 'belongs to the request, and a route cannot set it: take it out of params';
const requestField = z.undefined(requestFieldMessage).optional();
const stopMessage = 'must be a string, or a list of up to 16, none of them empty';
const stopText = z.string(stopMessage).min(1, stopMessage);
const count = z.int('must be a whole number').min(1);

const paramsShape = {
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: count.optional(),
  maxTokens: count.optional(),
  stop: z.union([stopText, z.array(stopText).min(1, stopMessage).max(16, stopMessage)], stopMessage).optional(),
  seed: z.int('must be a whole number').optional(),
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  presencePenalty: z.number().min(-2).max(2).optional(),
  reasoningEffort: z.enum(reasoningEfforts, `must be one of ${reasoningEfforts.join(', ')}`).optional(),
  parallelToolCalls: z.boolean('must be true or false').optional(),
  model: requestField,
  messages: requestField,
  stream: requestField,
};

/** The fields of a request that a target sets, by their names in `ChatRequest`: an object of at most 4 KB of JSON. */
export const routeParamsSchema = z.preprocess(
  // A number such as 1.0 in a GraphQL document keeps its digits as an object.
  (value) => (isObject(value) ? JSON.parse(JSON.stringify(value)) : value),
  z
    .strictObject(paramsShape)
    .refine((params) => new TextEncoder().encode(JSON.stringify(params)).length <= maxParamsBytes, {
      error: `must be at most ${maxParamsBytes} bytes of JSON`,
    }),
);

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
