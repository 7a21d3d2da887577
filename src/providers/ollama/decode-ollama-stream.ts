import type { StreamEvent } from '../../domain/response.ts';
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
  readonly #reader = new NdjsonReader();
  #toolCalls = 0;
  #started = false;
  #hasMessage = false;
  #finished = false;

  constructor(vendorName: string) {
    this.#vendorName = vendorName;
  }

  push(bytes: Uint8Array, events: StreamEvent[]): void {
    for (const line of this.#reader.push(bytes)) this.#decode(line, events);
  }

  end(events: StreamEvent[]): void {
    for (const line of this.#reader.end()) if (isWhole(line)) this.#decode(line, events);
    if (!this.#finished) throw streamCutOffError(this.#vendorName);
  }

  #decode(line: string, events: StreamEvent[]): void {
    if (this.#finished) return;
    const reply = parseOllamaChatReply(line, this.#vendorName);
    this.#hasMessage ||= reply.message !== undefined && reply.message !== null;
    events.push(...this.#start(reply), ...readText(reply));
    for (const { id, name, argumentsJson } of decodeToolCalls(reply, this.#toolCalls, this.#vendorName)) {
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

/** Whether a last line without its line break is a line, or what was left of one. */
function isWhole(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
