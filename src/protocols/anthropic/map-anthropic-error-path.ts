import * as z from 'zod';
import { GatewayError } from '../../domain/errors.ts';
import { systemContent } from './anthropic-content-schemas.ts';
import { listOf } from './anthropic-list-schemas.ts';
import { messageSchema, placesOf } from './parse-anthropic-messages.ts';

/** What the gateway calls a field that Anthropic's clients know by another name. */
const names: ReadonlyMap<string, string> = new Map([
  ['parallel_tool_calls', 'tool_choice.disable_parallel_tool_use'],
  ['response_format', 'output_config.format'],
  ['stop', 'stop_sequences'],
]);

/**
 * What a provider cannot express, told by the name and the place that it has in the client's own body: its system prompt is
 * a message of the gateway's, and so is each result of a tool. Whatever else was thrown is given back as it is.
 */
export function inClientWords(thrown: unknown, body: Readonly<Record<string, unknown>>): unknown {
  if (!(thrown instanceof GatewayError) || thrown.code !== 'invalid_request') return thrown;
  const message = thrown.message
    .replace(/^messages\[(\d+)\]/, (place, index) => readPlaces(body)[Number(index)] ?? place)
    .replace(/^[a-z_]+(?=[ :])/, (name) => names.get(name) ?? name);
  return message === thrown.message ? thrown : new GatewayError('invalid_request', message, { cause: thrown });
}

const conversationSchema = z.object({
  system: systemContent.nullish(),
  messages: listOf(messageSchema, 'must be a list of messages'),
});

function readPlaces(body: Readonly<Record<string, unknown>>): string[] {
  const { data } = conversationSchema.safeParse(body);
  return data ? placesOf(data.system ?? [], data.messages) : [];
}
