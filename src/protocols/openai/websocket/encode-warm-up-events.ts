import * as z from 'zod';
import { newId } from '../../../domain/ids.ts';
import { toJsonLine } from '../../../lib/to-json-line.ts';
import { createResponseSettings } from '../create-response-settings.ts';
import { createResponse, toSeconds } from '../encode-openai-response.ts';
import { responsesRequestSchema } from '../openai-responses-request-schema.ts';
import { parseField } from '../parse-openai-field.ts';
import { ResponseToolNames } from '../response-tool-names.ts';
import type { MessageExtras } from './encode-socket-error.ts';
import type { ResponseCreate } from './parse-response-create.ts';

/** Fields that are unknown are no error here: no provider gets them. */
const warmUpSchema = z.object(responsesRequestSchema.shape);

const usage = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
};

/**
 * Encodes the messages of a turn with `generate: false`: a response without output, whose id a later turn can continue. Throws
 * `invalid_request`.
 */
export function encodeWarmUpEvents(
  { fields, previousResponseId }: ResponseCreate,
  now: () => number,
  extras: MessageExtras,
): { readonly id: string; readonly messages: readonly string[] } {
  const parsed = parseField(fields, warmUpSchema, []);
  const idSuffix = newId('req').slice('req_'.length);
  const settings = createResponseSettings(parsed, fields);
  const head = {
    idSuffix,
    model: parsed.model ?? '',
    createdAtMs: now(),
    now,
    previousResponseId: previousResponseId ?? null,
    store: false,
    settings,
    toolNames: new ResponseToolNames(),
  };
  const created = { ...createResponse(head), ...settings };
  const completed = { ...created, status: 'completed', completed_at: toSeconds(now()), usage };
  const messages = [
    { type: 'response.created', response: created, sequence_number: 0, ...extras },
    { type: 'response.completed', response: completed, sequence_number: 1, ...extras },
  ];
  return { id: created.id, messages: messages.map(toJsonLine) };
}
