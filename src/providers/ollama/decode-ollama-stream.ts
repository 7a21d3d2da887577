import type { StreamEvent } from '../../domain/response.ts';
import { isJson } from '../../lib/is-json.ts';
import { NdjsonReader } from '../ndjson-reader.ts';
import type { StreamDecoder } from '../provider.ts';
import { emptyStreamError, streamCutOffError } from '../provider-error.ts';
import {
  decodeFinishReason,
  decodeToolCalls,
  decodeUsage,
  type OllamaChatReply,
  parseOllamaChatReply,
} from './decode-ollama-reply-fields.ts';

/** Decodes one streamed chat reply. */
export class OllamaStreamDecoder implements StreamDecoder {
  readonly #vendorName: string;
  readonly #firstCall: number;
  readonly #reader = new NdjsonReader();
  #toolCalls = 0;
  #started = false;
  #hasMessage = false;
  #finished = false;

  /** `firstCall` numbers the first tool call without an id. */
  constructor(vendorName: string, firstCall = 0) {
    this.#vendorName = vendorName;
    this.#firstCall = firstCall;
  }

  push(bytes: Uint8Array, events: StreamEvent[]): void {
    for (const line of this.#reader.push(bytes)) this.#decode(line, events);
  }

  end(events: StreamEvent[]): void {
    // A last line without its line break that is not JSON is what remains of one.
    for (const line of this.#reader.end()) if (isJson(line)) this.#decode(line, events);
    if (!this.#finished) throw streamCutOffError(this.#vendorName);
  }

  #decode(line: string, events: StreamEvent[]): void {
    if (this.#finished || !line.trimStart().startsWith('{')) return;
    const reply = parseOllamaChatReply(line, this.#vendorName);
    this.#hasMessage ||= reply.message !== undefined && reply.message !== null;
    events.push(...this.#start(reply), ...readText(reply));
    for (const { id, name, argumentsJson } of decodeToolCalls(
      reply,
      this.#firstCall + this.#toolCalls,
      this.#vendorName,
    )) {
      const index = this.#toolCalls++;
      events.push({ type: 'tool_call', index, id, name }, { type: 'tool_arguments', index, json: argumentsJson });
    }
    if (reply.done) events.push(...this.#finish(reply));
  }

  #start({ model }: OllamaChatReply): StreamEvent[] {
    if (this.#started || !model) return [];
    this.#started = true;
    return [{ type: 'start', reportedModel: model }];
  }

  /** Throws `provider_error` for a stream that says nothing. */
  #finish(reply: OllamaChatReply): StreamEvent[] {
    this.#finished = true;
    if (!this.#hasMessage) throw emptyStreamError(this.#vendorName);
    const usage = decodeUsage(reply);
    const finishReason = decodeFinishReason(reply, this.#toolCalls > 0);
    return [...(usage ? [{ type: 'usage', usage } as const] : []), { type: 'finish', finishReason }];
  }
}

function readText({ message }: OllamaChatReply): StreamEvent[] {
  const events: StreamEvent[] = [];
  if (message?.thinking) events.push({ type: 'reasoning', text: message.thinking });
  if (message?.content) events.push({ type: 'text', text: message.content });
  return events;
}
