import type { EventSourceMessage } from 'eventsource-parser';
import type { StreamEvent, TokenUsage } from '../../domain/response.ts';
import { isUnlistedServiceTier } from '../is-unlisted-service-tier.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import type { StreamDecoder } from '../provider.ts';
import { emptyStreamError, streamCutOffError, unreadableReplyError, type Vendor } from '../provider-error.ts';
import { readEach } from '../read-each.ts';
import { SseReader } from '../sse-reader.ts';
import {
  decodeOpenAiChatReply,
  getChoiceAtZero,
  getFirstChoice,
  getToolCalls,
  markReturnable,
  type OpenAiChatReply,
  type OpenAiReplyMessage,
} from './decode-openai-chat-reply.ts';
import { decodeOpenAiFinishReason } from './decode-openai-finish-reason.ts';
import { ToolCallDeltaDecoder } from './decode-openai-tool-call-deltas.ts';
import { decodeOpenAiUsage } from './decode-openai-usage.ts';
import { keepOpenAiArguments } from './keep-openai-arguments.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

interface OpenAiStreamOptions {
  readonly vendor: Vendor;
  /** Whether only `[DONE]` ends a stream; if not, a finish reason and then a clean end of the body do too. */
  readonly requiresDone: boolean;
  /** How many choices the request asks for: of several only that of index 0 is read. One, where it is absent. */
  readonly replies?: number | undefined;
  /** Whether a chunk that cannot be read is skipped, and not thrown. */
  readonly skipsUnreadable?: boolean;
}

/**
 * Reads a streamed Chat Completions reply. The finish reason comes before the token counts, so `finish` waits for the
 * terminator.
 */
export class OpenAiStreamDecoder implements StreamDecoder {
  readonly #options: OpenAiStreamOptions;
  readonly #reader = new SseReader();
  readonly #toolCalls = new ToolCallDeltaDecoder();
  readonly #readsAnyIndex: boolean;
  #started = false;
  #hasChoice = false;
  #refused = false;
  #finishReason: string | undefined;
  #tier: string | undefined;
  #usage: TokenUsage | undefined;
  /** Whether the reply shows something that no price list contains. */
  #unpriced = false;
  #done = false;

  constructor(options: OpenAiStreamOptions) {
    this.#options = options;
    this.#readsAnyIndex = (options.replies ?? 1) === 1;
  }

  push(bytes: Uint8Array, events: StreamEvent[]): void {
    if (!this.#done) this.#readAll(this.#reader.push(bytes), events);
  }

  end(events: StreamEvent[], isClean = true): void {
    if (this.#done) return;
    const remaining = this.#reader.end();
    this.#readAll(remaining.filter(isWhole), events);
    if (this.#done) return;
    const isCut = !isClean || this.#options.requiresDone || !remaining.every(isWhole);
    if (isCut || this.#finishReason === undefined) throw streamCutOffError(this.#options.vendor.name);
    this.#finish(events);
  }

  #readAll(messages: readonly EventSourceMessage[], events: StreamEvent[]): void {
    const { skipsUnreadable = false } = this.#options;
    readEach(messages, (message) => this.#read(message, events), skipsUnreadable);
  }

  #read({ event, data }: EventSourceMessage, events: StreamEvent[]): void {
    const text = data.trim();
    if (this.#done) return;
    if (isTerminator(text)) this.#finish(events);
    if (text === '' || this.#done) return;
    const { vendor } = this.#options;
    const json = parseJson(data);
    if (json !== undefined) keepOpenAiArguments(data, json);
    const chunk = decodeOpenAiChatReply(json);
    if (chunk?.error) throw mapOpenAiInBandError(chunk.error, vendor, data);
    if (event === 'error') throw mapOpenAiInBandError(json ?? text, vendor, data);
    if (chunk) this.#readChunk(chunk, events);
    else if (text.startsWith('{')) throw unreadableReplyError(vendor.name, 'a chunk of its stream is broken JSON');
  }

  #readChunk(chunk: OpenAiChatReply, events: StreamEvent[]): void {
    if (chunk.model !== undefined && !this.#started) {
      this.#started = true;
      events.push({ type: 'start', reportedModel: chunk.model });
    }
    const choice = this.#readsAnyIndex ? getFirstChoice(chunk) : getChoiceAtZero(chunk);
    this.#hasChoice ||= chunk.choices !== undefined && chunk.choices.length > 0;
    if (choice?.delta?.hasBilledExtras) this.#recordUnpriced(events);
    // OpenAI repeats it in each chunk.
    if (chunk.service_tier !== undefined && chunk.service_tier !== this.#tier) {
      this.#tier = chunk.service_tier;
      if (isUnlistedServiceTier(this.#tier)) this.#recordUnpriced(events);
    }
    if (choice?.delta) this.#readDelta(choice.delta, events);
    this.#finishReason = choice?.finish_reason ?? this.#finishReason;
    // Nearly every chunk says null.
    const counts = chunk.usage ?? choice?.usage;
    const usage = counts ? decodeOpenAiUsage(counts, this.#tier) : undefined;
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
    if (reasoning) events.push({ type: 'reasoning', text: reasoning, ...markReturnable(delta) });
    if (delta.content) events.push({ type: 'text', text: delta.content });
    if (delta.thoughtSignature) events.push({ type: 'text', text: '', signature: delta.thoughtSignature });
    if (delta.refusal) {
      this.#refused = true;
      events.push({ type: 'refusal', text: delta.refusal });
    }
    for (const call of getToolCalls(delta)) this.#toolCalls.read(call, events);
  }

  /** Throws `provider_error` for a stream that says nothing, and for a tool call without a name. */
  #finish(events: StreamEvent[]): void {
    const { vendor, skipsUnreadable = false } = this.#options;
    this.#done = true;
    if (!this.#hasChoice) throw emptyStreamError(vendor.name);
    if (!this.#toolCalls.end(events) && !skipsUnreadable)
      throw unreadableReplyError(vendor.name, 'a tool call has arguments, but no name');
    const reply = { refused: this.#refused, calledTools: this.#toolCalls.any };
    events.push({ type: 'finish', finishReason: decodeOpenAiFinishReason(this.#finishReason, reply) });
  }
}

/** `[DONE]`; some vendors write it in small letters. */
function isTerminator(text: string): boolean {
  return text.length === 6 && text.toUpperCase() === '[DONE]';
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
  return isTerminator(data.trim()) || parseJson(data) !== undefined;
}
