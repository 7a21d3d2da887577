import type { StreamEvent } from '../../domain/response.ts';
import { NdjsonReader } from '../ndjson-reader.ts';
import type { StreamDecoder } from '../provider.ts';
import { cutStream } from '../provider-error.ts';
import {
  type ChatReply,
  ollama,
  parseChatReply,
  readFinishReason,
  readToolCalls,
  readUsage,
} from './decode-ollama-reply-fields.ts';

/** Decodes one streamed chat reply. */
export class ChatDecoder implements StreamDecoder {
  readonly #reader = new NdjsonReader();
  #toolCalls = 0;
  #started = false;
  #finished = false;

  push(bytes: Uint8Array, events: StreamEvent[]): void {
    for (const line of this.#reader.push(bytes)) events.push(...this.#decode(line));
  }

  end(events: StreamEvent[]): void {
    for (const line of this.#reader.end()) if (isWhole(line)) events.push(...this.#decode(line));
    if (!this.#finished) throw cutStream(ollama);
  }

  #decode(line: string): StreamEvent[] {
    if (this.#finished) return [];
    const reply = parseChatReply(line);
    const events = [...this.#start(reply), ...readText(reply)];
    for (const { id, name, argumentsJson } of readToolCalls(reply, this.#toolCalls)) {
      const index = this.#toolCalls++;
      events.push({ type: 'tool_call', index, id, name }, { type: 'tool_arguments', index, json: argumentsJson });
    }
    return reply.done ? [...events, ...this.#finish(reply)] : events;
  }

  #start({ model }: ChatReply): StreamEvent[] {
    if (this.#started || !model) return [];
    this.#started = true;
    return [{ type: 'start', reportedModel: model }];
  }

  #finish(reply: ChatReply): StreamEvent[] {
    this.#finished = true;
    const usage = readUsage(reply);
    const finishReason = readFinishReason(reply, this.#toolCalls > 0);
    return [...(usage ? [{ type: 'usage', usage } as const] : []), { type: 'finish', finishReason }];
  }
}

function readText({ message }: ChatReply): StreamEvent[] {
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
