import Anthropic from '@anthropic-ai/sdk';
import type { FinishReason, StreamEvent, TokenUsage } from '../../../../src/domain/response.ts';
import type { Message } from '../../../../src/protocols/anthropic/anthropic-message-api-types.ts';
import { AnthropicStreamEncoder } from '../../../../src/protocols/anthropic/encode-anthropic-stream.ts';

export const ids = { id: 'msg_1', model: 'gpt-x' };
export const request = { model: 'gpt-x', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hi' }] };

/** The official client, answered by one reply that is given. */
export function clientOf(reply: Response): Anthropic {
  return new Anthropic({ apiKey: 'key', baseURL: 'http://gateway', maxRetries: 0, fetch: async () => reply });
}

export function jsonReply(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

/** What the official client makes of a whole stream. */
export function readStream(text: string) {
  const reply = new Response(text, { headers: { 'content-type': 'text/event-stream' } });
  return clientOf(reply).messages.stream(request);
}

/** The events of a reply without their end, written one after the other. */
export function write(events: readonly StreamEvent[], encoder = new AnthropicStreamEncoder(ids)): string {
  return encoder.start() + events.map((event) => encode(encoder, event)).join('');
}

/** A whole stream, its end included. */
export function writeAll(
  events: readonly StreamEvent[],
  {
    finishReason = 'stop',
    usage = {},
  }: { finishReason?: FinishReason | undefined; usage?: TokenUsage | undefined } = {},
): string {
  const encoder = new AnthropicStreamEncoder(ids);
  return write(events, encoder) + encode(encoder, { type: 'finish', finishReason }, usage);
}

/** The data of the events in a text. */
export function dataOf(text: string): Record<string, unknown>[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? ''));
}

function encode(encoder: AnthropicStreamEncoder, event: StreamEvent, usage: TokenUsage = {}): string {
  if (event.type !== 'finish') return encoder.encode(event);
  return encoder.encode({ type: 'done', result: { finishReason: event.finishReason, usage, costNanoUsd: null } });
}

/** A type of the client's of which every field, and every field of those, may be missing. */
type Part<T> = T extends readonly (infer Entry)[]
  ? readonly Part<Entry>[]
  : T extends object
    ? { readonly [Field in keyof T]?: Part<T[Field]> | undefined }
    : T;

/** Compiles as long as each field of a message has the type that it has for the official client. */
export function asSdkMessage(message: Message): Part<Anthropic.Message> {
  return message;
}
