import type { EventSourceMessage } from 'eventsource-parser';
import type { StreamEvent } from '../../domain/response.ts';
import type { StreamDecoder } from '../provider.ts';
import { emptyStreamError, streamCutOffError, unreadableReplyError, type Vendor } from '../provider-error.ts';
import { readEach } from '../read-each.ts';
import { SseReader } from '../sse-reader.ts';
import { type MessageEvent, messageEventSchema } from './anthropic-event-schema.ts';
import { decodeAnthropicStopReason } from './decode-anthropic-stop-reason.ts';
import { ToolBlockDecoder } from './decode-anthropic-tool-blocks.ts';
import { decodeAnthropicUsage, mergeCounts, type UsageCounts } from './decode-anthropic-usage.ts';
import { mapAnthropicError } from './map-anthropic-error.ts';

interface AnthropicStreamOptions {
  /** Whether an event that cannot be read is skipped, and not thrown. */
  readonly skipsUnreadable?: boolean;
}

/** Decodes one streamed message. */
export class AnthropicStreamDecoder implements StreamDecoder {
  readonly #vendor: Vendor;
  readonly #skipsUnreadable: boolean;
  readonly #reader = new SseReader();
  readonly #tools: ToolBlockDecoder;
  readonly #serverTools: string[] = [];
  #counts: UsageCounts | undefined;
  #stopReason: string | undefined;
  #started = false;
  #hasContent = false;
  #finished = false;

  constructor(vendor: Vendor, { skipsUnreadable = false }: AnthropicStreamOptions = {}) {
    this.#vendor = vendor;
    this.#skipsUnreadable = skipsUnreadable;
    this.#tools = new ToolBlockDecoder(vendor.name);
  }

  push(bytes: Uint8Array, events: StreamEvent[]): void {
    readEach(this.#reader.push(bytes), (message) => this.#decode(message, events, false), this.#skipsUnreadable);
  }

  end(events: StreamEvent[]): void {
    readEach(this.#reader.end(), (message) => this.#decode(message, events, true), this.#skipsUnreadable);
    if (!this.#finished) throw streamCutOffError(this.#vendor.name);
  }

  /** An event at the end of the body that is not JSON has been cut off there. */
  #decode({ event: name, data }: EventSourceMessage, events: StreamEvent[], isAtEnd: boolean): void {
    if (this.#finished || data === '') return;
    let parsed: unknown;
    try {
      parsed = JSON.parse(data);
    } catch (cause) {
      if (isAtEnd) throw streamCutOffError(this.#vendor.name);
      if (name === 'error') throw mapAnthropicError({ message: data }, this.#vendor);
      if (!data.trimStart().startsWith('{')) return;
      throw unreadableReplyError(this.#vendor.name, 'an event is broken JSON', { cause });
    }
    const text = plainText(parsed);
    if (text !== undefined && name !== 'error') {
      this.#hasContent = true;
      if (text !== '') events.push({ type: 'text', text });
      return;
    }
    const event = messageEventSchema.safeParse(parsed);
    if (name === 'error') throw mapAnthropicError({ ...event.data?.error, body: data }, this.#vendor);
    if (event.success) events.push(...this.#read(event.data, data));
  }

  #read(event: MessageEvent, json: string): StreamEvent[] {
    switch (event.type) {
      case 'message_start':
        return [...this.#start(event), ...this.#addCounts(event.message?.usage)];
      case 'content_block_start':
        this.#hasContent = true;
        return [...readBlockStart(event), ...this.#tools.start(event, json), ...this.#recordServerTool(event)];
      case 'content_block_delta':
        return [...readDelta(event), ...this.#tools.extend(event)];
      case 'content_block_stop':
        return this.#tools.stop(event.index);
      case 'message_delta':
        return this.#readMessageDelta(event);
      case 'message_stop':
        return this.#finish();
      case 'error':
        throw mapAnthropicError({ ...event.error, body: json }, this.#vendor);
      default:
        return [];
    }
  }

  /** Throws `provider_error` for a stream that says nothing. */
  #finish(): StreamEvent[] {
    this.#finished = true;
    if (!this.#hasContent && this.#stopReason === undefined) throw emptyStreamError(this.#vendor.name);
    const finishReason = decodeAnthropicStopReason(this.#stopReason, this.#tools.any);
    return [...this.#tools.stopAll(), { type: 'finish', finishReason }];
  }

  /** Some proxies send the beginning twice. */
  #start({ message }: MessageEvent): StreamEvent[] {
    if (this.#started || message?.model === undefined) return [];
    this.#started = true;
    return [{ type: 'start', reportedModel: message.model }];
  }

  #addCounts(counts: UsageCounts | null | undefined): StreamEvent[] {
    if (!counts) return [];
    this.#counts = mergeCounts(this.#counts, counts);
    const usage = decodeAnthropicUsage(this.#counts, this.#serverTools);
    return usage ? [{ type: 'usage', usage }] : [];
  }

  /** What a tool of the server costs is counted at the end: a stream that breaks off before has no price. */
  #recordServerTool({ content_block: block }: MessageEvent): StreamEvent[] {
    if (block?.type !== 'server_tool_use' || !block.name) return [];
    this.#serverTools.push(block.name);
    const usage = decodeAnthropicUsage(this.#counts, this.#serverTools);
    return usage?.unpriced ? [{ type: 'usage', usage }] : [];
  }

  #readMessageDelta({ delta, usage }: MessageEvent): StreamEvent[] {
    this.#stopReason = delta?.stop_reason ?? this.#stopReason;
    const refusal = delta?.stop_details?.explanation;
    return [...(refusal ? [{ type: 'refusal', text: refusal } as const] : []), ...this.#addCounts(usage)];
  }
}

/** The text of the event that nearly all events are: told by hand, for the schema takes longer than all the rest. */
function plainText(event: unknown): string | undefined {
  const { type, delta } = (event ?? {}) as { type?: unknown; delta?: { type?: unknown; text?: unknown } | null };
  if (type !== 'content_block_delta' || delta?.type !== 'text_delta') return undefined;
  return typeof delta.text === 'string' ? delta.text : undefined;
}

/** A block usually begins empty, but need not. */
function readBlockStart({ content_block: block }: MessageEvent): StreamEvent[] {
  if (block?.type === 'text') return toText(block.text);
  if (block?.type === 'redacted_thinking') return [{ type: 'reasoning', text: '', redactedData: block.data }];
  return block?.type === 'thinking' ? toReasoning(block.thinking, block.signature) : [];
}

function readDelta({ delta }: MessageEvent): StreamEvent[] {
  if (delta?.type === 'text_delta') return toText(delta.text);
  if (delta?.type === 'thinking_delta') return toReasoning(delta.thinking, undefined);
  return delta?.type === 'signature_delta' ? toReasoning('', delta.signature) : [];
}

function toText(text: string | undefined): StreamEvent[] {
  return text ? [{ type: 'text', text }] : [];
}

function toReasoning(text: string | undefined, signature: string | undefined): StreamEvent[] {
  if (!text && !signature) return [];
  return [{ type: 'reasoning', text: text ?? '', ...(signature && { signature }) }];
}
