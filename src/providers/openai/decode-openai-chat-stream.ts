import type { EventSourceMessage } from 'eventsource-parser';
import type { StreamEvent, TokenUsage } from '../../domain/response.ts';
import { isUnlistedServiceTier } from '../is-unlisted-service-tier.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import type { StreamDecoder } from '../provider.ts';
import { streamCutOffError, unreadableReplyError, type Vendor } from '../provider-error.ts';
import { SseReader } from '../sse-reader.ts';
import {
  decodeOpenAiChatReply,
  getFirstChoice,
  getToolCalls,
  type OpenAiChatReply,
  type OpenAiReplyMessage,
} from './decode-openai-chat-reply.ts';
import { decodeOpenAiFinishReason } from './decode-openai-finish-reason.ts';
import { ToolCallDeltaDecoder } from './decode-openai-tool-call-deltas.ts';
import { decodeOpenAiUsage } from './decode-openai-usage.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

interface OpenAiStreamOptions {
  readonly vendor: Vendor;
  /** Whether only `[DONE]` ends a stream; if not, a finish reason and then the end of the body do too. */
  readonly requiresDone: boolean;
}

/**
 * Reads a streamed Chat Completions reply. The finish reason comes before the token counts, so `finish` waits for the
 * terminator.
 */
export class OpenAiStreamDecoder implements StreamDecoder {
  readonly #options: OpenAiStreamOptions;
  readonly #reader = new SseReader();
  readonly #toolCalls = new ToolCallDeltaDecoder();
  #started = false;
  #refused = false;
  #finishReason: string | undefined;
  #tier: string | undefined;
  #usage: TokenUsage | undefined;
  /** Whether the reply shows something that no price list contains. */
  #unpriced = false;
  #done = false;

  constructor(options: OpenAiStreamOptions) {
    this.#options = options;
  }

  push(bytes: Uint8Array, events: StreamEvent[]): void {
    if (!this.#done) this.#readAll(this.#reader.push(bytes), events);
  }

  end(events: StreamEvent[]): void {
    if (this.#done) return;
    this.#readAll(this.#reader.end().filter(isWhole), events);
    if (this.#done) return;
    if (this.#options.requiresDone || this.#finishReason === undefined)
      throw streamCutOffError(this.#options.vendor.name);
    this.#finish(events);
  }

  #readAll(messages: readonly EventSourceMessage[], events: StreamEvent[]): void {
    for (const message of messages) {
      this.#read(message, events);
      if (this.#done) return;
    }
  }

  #read({ event, data }: EventSourceMessage, events: StreamEvent[]): void {
    const text = data.trim();
    if (text === '[DONE]') this.#finish(events);
    if (text === '' || this.#done) return;
    const { vendor } = this.#options;
    const json = parseJson(data);
    const chunk = decodeOpenAiChatReply(json);
    if (!chunk) throw unreadableReplyError(vendor.name, 'a chunk of its stream is not a JSON object');
    if (chunk.error) throw mapOpenAiInBandError(chunk.error, vendor);
    if (event === 'error') throw mapOpenAiInBandError(json, vendor);
    this.#readChunk(chunk, events);
  }

  #readChunk(chunk: OpenAiChatReply, events: StreamEvent[]): void {
    if (chunk.model !== undefined && !this.#started) {
      this.#started = true;
      events.push({ type: 'start', reportedModel: chunk.model });
    }
    const choice = getFirstChoice(chunk);
    if (choice?.delta?.hasBilledExtras) this.#recordUnpriced(events);
    // OpenAI repeats it in each chunk.
    if (chunk.service_tier !== undefined && chunk.service_tier !== this.#tier) {
      this.#tier = chunk.service_tier;
      if (isUnlistedServiceTier(this.#tier)) this.#recordUnpriced(events);
    }
    if (choice?.delta) this.#readDelta(choice.delta, events);
    this.#finishReason = choice?.finish_reason ?? this.#finishReason;
    // Nearly every chunk says null.
    const usage = chunk.usage ? decodeOpenAiUsage(chunk.usage, this.#tier) : undefined;
    if (!usage) return;
    this.#usage = this.#unpriced ? markUnpriced(usage) : usage;
    events.push({ type: 'usage', usage: this.#usage });
  }

  /** The counts come at the end, or never: a stream that breaks off before has no price. */
  #recordUnpriced(events: StreamEvent[]): void {
    if (!this.#unpriced) events.push({ type: 'usage', usage: markUnpriced(this.#usage) });
    this.#unpriced = true;
  }

  #readDelta(delta: OpenAiReplyMessage, events: StreamEvent[]): void {
    const reasoning = delta.reasoning_content ?? delta.reasoning;
    if (reasoning) events.push({ type: 'reasoning', text: reasoning });
    if (delta.content) events.push({ type: 'text', text: delta.content });
    if (delta.refusal) {
      this.#refused = true;
      events.push({ type: 'refusal', text: delta.refusal });
    }
    for (const call of getToolCalls(delta)) this.#toolCalls.read(call, events);
  }

  #finish(events: StreamEvent[]): void {
    this.#done = true;
    const reply = { refused: this.#refused, calledTools: this.#toolCalls.any };
    events.push({ type: 'finish', finishReason: decodeOpenAiFinishReason(this.#finishReason, reply) });
  }
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** What stands at the end of a body and cannot be read was cut off there. */
function isWhole({ data }: EventSourceMessage): boolean {
  return data.trim() === '[DONE]' || parseJson(data) !== undefined;
}
